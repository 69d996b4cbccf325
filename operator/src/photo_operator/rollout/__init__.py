"""Writes children, and decides which Deployment takes a new version next."""
