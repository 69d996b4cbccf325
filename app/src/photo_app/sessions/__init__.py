"""Sessions: passwords, tokens, and ending a session before its token does."""
