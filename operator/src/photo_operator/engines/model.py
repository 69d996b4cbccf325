"""The result of a probe, and the credentials that it needs. Used by every probe and by `status`."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from photo_core.engines.contract import CA_KEY
from photo_core.errors import Engine
from photo_core.tls import refusal
from photo_operator.conditions import Reason
from photo_operator.crds.engines import EngineRecord
from photo_operator.engines import tls


class Credentials(Struct, frozen=True):
    """The decoded content of an engine's Secret."""

    values: dict[str, str]

    def __repr__(self) -> str:
        """Show the keys, never the values."""
        return f"Credentials({sorted(self.values)})"

    @property
    def ca_certificate(self) -> str | None:
        """The CA that the engine's certificate must come from; None means no TLS."""
        return self.values.get(CA_KEY)


class Health(Struct, frozen=True):
    """What a probe found; `next_step` says what a person can do about a problem."""

    engine: Engine
    reason: Reason
    message: str = ""
    next_step: str = ""

    @property
    def good(self) -> bool:
        """Whether the engine accepts the credentials, answers, and lacks no part."""
        return self.reason is Reason.ALL_REACHABLE


class Probe(Protocol):
    """Probes one engine at one address with one Secret."""

    async def probe(self) -> Health:
        """Ask the engine; a problem is returned, not raised."""
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...


def healthy(engine: Engine, message: str = "") -> Health:
    """Return that the engine is well."""
    return Health(engine, Reason.ALL_REACHABLE, message)


def unreachable(engine: Engine, address: str, error: object) -> Health:
    """Return that the engine does not answer, or that its certificate is refused."""
    certificate_problem = refusal(error) if isinstance(error, BaseException) else None
    if certificate_problem is not None:
        return untrusted(engine, address, certificate_problem)
    detail = str(error) or type(error).__name__
    step = f"check that {engine} runs and that {address} resolves and is open from the operator's namespace"
    return Health(engine, Reason.UNREACHABLE, f"{address}: {detail}"[:300], step)


def untrusted(engine: Engine, address: str, why: str) -> Health:
    """Return that the certificate of the server does not prove that it is the engine."""
    step = f"put the CA of {engine} into {CA_KEY} of its Secret, and the host of {address} into its certificate"
    return Health(engine, Reason.CERTIFICATE_REFUSED, f"{engine} at {address}: {why}"[:300], step)


def refused(engine: Engine, secret: str, error: object) -> Health:
    """Return that the engine refuses the credentials."""
    step = f"put the credentials that {engine} accepts into Secret {secret}"
    return Health(engine, Reason.AUTHENTICATION_FAILED, f"{engine} refuses the credentials: {error}"[:300], step)


def malformed(engine: Engine, secret: str, what: str) -> Health:
    """Return that a Secret's value cannot be used; `what` names the key, never the value."""
    message = f"Secret {secret}: {what}"[:300]
    return Health(engine, Reason.SECRET_MALFORMED, message, f"correct Secret {secret}")


def not_whole(engine: Engine, message: str) -> Health:
    """Return that a part of the engine is missing."""
    return Health(engine, Reason.NOT_WHOLE, message[:300], f"look at the pods and logs of {engine}")


def secret_problem(record: EngineRecord, values: Mapping[str, str] | None) -> Health | None:
    """Return what is wrong with the Secret of an engine, or None; `values` is its content, None where it is missing."""
    contract, secret = record.contract, record.secret_ref.name
    engine, required = contract.engine, contract.required_keys
    if values is None:
        step = f"create Secret {secret} with the keys {', '.join(required)}"
        return Health(engine, Reason.SECRET_MISSING, f"Secret {secret} does not exist", step)
    missing = [key for key in required if not values.get(key)]
    if missing:
        message = f"Secret {secret} lacks {', '.join(missing)}"
        return Health(engine, Reason.SECRET_KEY_MISSING, message, f"add {', '.join(missing)} to Secret {secret}")
    if CA_KEY in values and not tls.is_readable(values[CA_KEY]):
        return malformed(engine, secret, f"{CA_KEY} is no certificate in PEM")
    problem = contract.describe_malformed(values)
    return None if problem is None else malformed(engine, secret, problem)
