"""Probes of the engines, with the credentials of their Secrets: one module per engine, which names its class `PROBE`."""
