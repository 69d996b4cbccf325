"""What a platform's children shall be: pure functions from spec and observations to manifests."""
