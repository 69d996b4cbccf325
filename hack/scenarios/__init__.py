"""Scenarios: loads and faults on a real cluster, with measurements of what users and the operator see.

The demo prints these measurements; the end-to-end tests assert on them.
"""
