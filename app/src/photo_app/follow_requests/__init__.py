"""Requests to follow private accounts, over HTTP."""
