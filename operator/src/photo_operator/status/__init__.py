"""`PhotoPlatform.status` and the metrics that repeat it."""
