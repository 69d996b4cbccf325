"""Verifies the servers that a process connects to: TLS contexts, the name to verify, the reason of a refusal.

Called by the stores and, with the operator's own reading of Secrets, by its probes. Kafka's client does all
this itself.
"""

import ipaddress
import ssl
from collections.abc import Sequence


def trust(ca_path: str | None) -> ssl.SSLContext | None:
    """Return a context that trusts the CA in a file alone and verifies host names; None without one: no TLS."""
    return None if ca_path is None else ssl.create_default_context(cafile=ca_path)


def name_to_prove(host: str, seeds: Sequence[str]) -> str:
    """Return the name that a node's certificate must hold.

    A host name is verified as it is. Nodes of a cluster are often announced by address, and no certificate can name the
    address of a pod: the certificate then has to name the first node that the resource gives by name.
    """
    if not _is_address(host):
        return host
    return next((seed for seed in seeds if not _is_address(seed)), host)


def refusal(error: BaseException) -> str | None:
    """Return why a peer's certificate was refused, told of an error or of what it came from; None for other errors."""
    seen: BaseException | None = error
    while seen is not None:
        for part in (seen, *seen.args):
            if isinstance(part, ssl.SSLCertVerificationError):
                return f"its certificate is refused: {part.verify_message}"
        seen = seen.__cause__ or seen.__context__
    return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
