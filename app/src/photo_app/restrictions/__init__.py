"""Blocks and mutes over HTTP."""
