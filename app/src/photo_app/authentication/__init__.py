"""Who sends a request: passwords, tokens, ended sessions, and the `viewer` parameter of endpoints."""
