"""Logs, metrics and spans of every process."""
