"""Probes of the engines, with the credentials of their Secrets: one module per engine, whose class is its `PROBE`."""
