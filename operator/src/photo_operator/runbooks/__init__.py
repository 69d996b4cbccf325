"""Runbooks: what to do about an incident, decided by pure functions from an execution's own status."""
