"""TLS contexts from a Secret's ca.crt. Called by the probes."""

import ssl


def context(ca_certificate: str | None) -> ssl.SSLContext | None:
    """Return a context that trusts this CA alone, or None without one."""
    return ssl.create_default_context(cadata=ca_certificate) if ca_certificate else None


def unused() -> ssl.SSLContext:
    """Return a context that trusts nobody, for clients of plain HTTP: the host's list of CAs is not even read."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
