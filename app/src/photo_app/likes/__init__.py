"""Likes over HTTP."""
