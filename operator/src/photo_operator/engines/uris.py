"""Reads PostgreSQL's URI, which holds a password: no error of these functions is ever formatted. Pure."""

from urllib.parse import SplitResult, urlsplit

SCHEMES = ("postgresql", "postgres")
PORT = 5432


def _split(uri: str) -> SplitResult | None:
    """Return the parts of a URI with a valid port; None where it cannot be read."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts


def is_readable(uri: str) -> bool:
    """Whether a URI is PostgreSQL's and nothing in its password ended the host's part early."""
    parts = _split(uri)
    if parts is None or parts.scheme not in SCHEMES:
        return False
    return "@" in parts.netloc or "@" not in uri


def port_of(uri: str) -> int:
    """Return the port of a URI, PostgreSQL's own where it names none or cannot be read."""
    parts = _split(uri)
    return (parts.port if parts is not None else None) or PORT


def host_of(uri: str) -> str:
    """Return the host of a URI that `is_readable`, without the credentials."""
    parts = _split(uri)
    return (parts.hostname if parts is not None else None) or "the host of the URI"
