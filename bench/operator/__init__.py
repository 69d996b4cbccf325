"""Benchmark of the operator with many PhotoPlatforms."""
