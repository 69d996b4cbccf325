"""The Secrets that a platform names, decoded, and what is derived from them. Called by `observer`."""

import asyncio
import base64
import hashlib
from collections.abc import Mapping

import msgspec

from photo_core.errors import Engine
from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.port import ClusterReader
from photo_operator.crds.names import keys_name, secret_names
from photo_operator.crds.platform import Manifest, Platform
from photo_operator.engines.model import Credentials, Health, secret_problem
from photo_operator.engines.pool import ProbeTarget


def decode(manifest: Manifest | None) -> dict[str, str] | None:
    """Return a Secret's content; None where there is no Secret."""
    if manifest is None:
        return None
    data: Mapping[str, str] = manifest.get("data") or {}
    return {key: base64.b64decode(value).decode(errors="replace").strip() for key, value in data.items()}


async def read_secrets(cluster: ClusterReader, platform: Platform) -> dict[str, dict[str, str] | None]:
    """Return name -> content of every Secret that the platform's pods mount."""
    names = sorted({*secret_names(platform).values(), keys_name(platform)})
    found = await asyncio.gather(*(cluster.get(Kind.SECRET, platform.metadata.namespace, name) for name in names))
    return {name: decode(secret) for name, secret in zip(names, found, strict=True)}


def hashes(platform: Platform, secrets: Mapping[str, Mapping[str, str] | None]) -> dict[str, str]:
    """Return name -> salted hash of the Secrets that exist; pods that mount one are rolled when its hash changes.

    It covers what a process reads at its start alone. Everything else is read again at the next connection.
    """
    return {
        name: _hash(platform.metadata.uid, {key: values[key] for key in sorted(_read_once(platform, name, values))})
        for name, values in secrets.items()
        if values is not None
    }


def _read_once(platform: Platform, name: str, values: Mapping[str, str]) -> set[str]:
    """Return the keys that a pod has to be replaced for: the signing keys, and what a client reads at its start."""
    if name == keys_name(platform):
        return set(values)
    records = platform.spec.engines.by_name().values()
    read_once = {key for record in records if record.secret_ref.name == name for key in record.contract.keys_read_once}
    return read_once & set(values)


def _hash(salt: str, values: Mapping[str, str]) -> str:
    return hashlib.sha256(msgspec.json.encode((salt, sorted(values.items())))).hexdigest()[:16]


def problems(platform: Platform, secrets: Mapping[str, Mapping[str, str] | None]) -> dict[Engine, Health]:
    """Return what is wrong with the Secrets, by engine."""
    records = platform.spec.engines.by_name().items()
    found = {engine: secret_problem(record, secrets.get(record.secret_ref.name)) for engine, record in records}
    return {engine: health for engine, health in found.items() if health is not None}


def probe_targets(platform: Platform, secrets: Mapping[str, Mapping[str, str] | None]) -> dict[Engine, ProbeTarget]:
    """Return the engines that can be probed: those whose Secret is complete."""
    broken = problems(platform, secrets)
    return {
        engine: ProbeTarget(record, Credentials(dict(secrets[record.secret_ref.name] or {})))
        for engine, record in platform.spec.engines.by_name().items()
        if engine not in broken
    }
