"""Alerts of Prometheus on their way to runbooks: told by Alertmanager, kept while they fire."""
