"""Runbooks' effects on the cluster."""
