"""The follow graph over HTTP."""
