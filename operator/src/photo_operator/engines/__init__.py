"""Probes of the engines, with real credentials: one module an engine."""
