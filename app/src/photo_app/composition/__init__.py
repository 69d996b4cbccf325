"""Builds what the API consists of: connections, services, background tasks. Used by `main`."""
