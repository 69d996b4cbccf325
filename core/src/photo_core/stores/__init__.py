"""Real implementations of the ports: one package an engine."""
