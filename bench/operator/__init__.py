"""What the operator needs for many PhotoPlatforms."""
