"""Saved posts over HTTP."""
