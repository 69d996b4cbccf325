"""One drill a runbook: its cause is made on the real cluster under a small load, and what follows is timed."""
