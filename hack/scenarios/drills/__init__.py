"""Drills: for each runbook, its cause is created on a real cluster under a small load, and the response is timed."""
