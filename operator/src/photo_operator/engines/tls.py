"""TLS contexts from a Secret's ca.crt. Called by the probes and by `model`."""

import ssl


def context(ca_certificate: str | None) -> ssl.SSLContext | None:
    """Return a context that trusts this CA alone, or None without one."""
    return ssl.create_default_context(cadata=ca_certificate) if ca_certificate else None


def is_readable(ca_certificate: str) -> bool:
    """Tell whether a text holds certificates in PEM."""
    if not ca_certificate or not ca_certificate.isascii():
        return False
    try:
        context(ca_certificate)
    except ssl.SSLError:
        return False
    return True


def unused() -> ssl.SSLContext:
    """Return a context that trusts nobody, for clients of plain HTTP: it does not load the CAs of the host."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
