"""Reads objects of the cluster for the commands. Called through a session; builds no view."""

import difflib
from collections.abc import Iterable

import msgspec

from photo_operator.cli.connection import Connected
from photo_operator.cli.errors import usage
from photo_operator.cli.snapshot import PlatformSnapshot
from photo_operator.cluster.kinds import LEASE_NAME, Kind
from photo_operator.cluster.port import ALL_NAMESPACES, ClusterRefused
from photo_operator.components.catalog import SCALED, ScaledWorkerRecord
from photo_operator.crds.names import runtime_name
from photo_operator.crds.platform import Manifest, Platform, decode_platform

OPERATOR_NAMESPACE = "photoplatform-system"
BUILT_IN_RUNBOOKS = "photoplatform-operator-runbooks"
FIRST_NAMES = 5  # names in a suggestion
# scaled workers by both of their names: in the status and as a label
SCALED_BY_NAME: dict[str, ScaledWorkerRecord] = {
    name: worker for worker in SCALED for name in (worker.name, worker.component.value)
}


def name_of(manifest: Manifest) -> str:
    """Return an object's name."""
    return str(manifest["metadata"]["name"])


def suggest(wanted: str, known: Iterable[str]) -> str:
    """Return a suggestion for a name that does not exist."""
    names = list(known)
    close = difflib.get_close_matches(wanted, names, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"there is {_some(names)}" if names else "there is none"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - FIRST_NAMES} more" if len(names) > FIRST_NAMES else ""
    return ", ".join(names[:FIRST_NAMES]) + more


async def find_platform(connected: Connected, name: str | None) -> Platform:
    """Return the platform of that name, or the only one.

    Raises:
        CliError: there is no such platform; the message lists the existing ones.
    """
    found = {
        name_of(platform): platform for platform in await connected.cluster.list(Kind.PLATFORM, connected.namespace)
    }
    if name is None and len(found) == 1:
        return _decoded(*found.values())
    if name in found:
        return _decoded(found[name])
    where = f"namespace {connected.namespace}"
    if name is None and found:
        raise usage(f"{where} has several platforms, name one: {', '.join(sorted(found))}")
    wanted = f"PhotoPlatform {name}" if name else "PhotoPlatform"
    hint = suggest(name or "", sorted(found)) if found else await _elsewhere(connected)
    raise usage(f"there is no {wanted} in {where}: {hint}")


async def find_scaled(
    connected: Connected, worker: str | None, platform: str | None
) -> tuple[Platform, ScaledWorkerRecord | None]:
    """Return the platform and the scaled worker of that name; None means all workers.

    Raises:
        CliError: there is no such worker or platform; the message lists the existing ones.
    """
    if worker is None or worker in SCALED_BY_NAME:
        return await find_platform(connected, platform), SCALED_BY_NAME.get(worker or "")
    known = [name_of(found) for found in await connected.cluster.list(Kind.PLATFORM, connected.namespace)]
    if platform is None and worker in known:
        return await find_platform(connected, worker), None
    nor = "" if platform else ", nor a PhotoPlatform of that name"
    raise usage(f"there is no scaled worker {worker}{nor}: workers are {', '.join(SCALED_BY_NAME)}")


def _decoded(manifest: Manifest) -> Platform:
    try:
        return decode_platform(manifest)
    except msgspec.ValidationError as error:
        raise usage(f"{name_of(manifest)} cannot be read by this version: {error}") from error


async def _elsewhere(connected: Connected) -> str:
    try:
        found = await connected.cluster.list(Kind.PLATFORM, ALL_NAMESPACES)
    except ClusterRefused:
        return "choose another namespace with -n"
    places = sorted(f"{name_of(platform)} (-n {platform['metadata']['namespace']})" for platform in found)
    return f"there is {_some(places)}" if places else "the cluster has none; apply one first"


async def find_execution(connected: Connected, name: str) -> Manifest:
    """Return the execution of that name.

    Raises:
        CliError: there is none; the message lists the existing ones.
    """
    found = await connected.cluster.get(Kind.EXECUTION, connected.namespace, name)
    if found is not None:
        return found
    known = newest_first(await connected.cluster.list(Kind.EXECUTION, connected.namespace))
    hint = suggest(name, map(name_of, known))
    raise usage(f"there is no RunbookExecution {name} in namespace {connected.namespace}: {hint}")


def newest_first(executions: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Return executions in the order in which people ask for them."""
    return tuple(sorted(executions, key=lambda found: found["metadata"].get("creationTimestamp", ""), reverse=True))


async def list_executions(connected: Connected, platform: str) -> tuple[Manifest, ...]:
    """Return the executions of a platform, newest first."""
    found = await connected.cluster.list(Kind.EXECUTION, connected.namespace)
    return newest_first(execution for execution in found if execution["spec"]["platform"] == platform)


async def read_snapshot(connected: Connected, name: str | None) -> PlatformSnapshot:
    """Read everything about one platform."""
    platform = await find_platform(connected, name)
    return PlatformSnapshot(
        platform=platform,
        executions=await list_executions(connected, platform.metadata.name),
        events=await _events(connected, platform),
        policy=await connected.cluster.get(Kind.CONFIG_MAP, connected.namespace, runtime_name(platform)),
        lease=await _get_if_allowed(connected, Kind.LEASE, LEASE_NAME),
    )


async def _events(connected: Connected, platform: Platform) -> tuple[Manifest, ...]:
    try:
        found = await connected.cluster.list(Kind.EVENT, connected.namespace)
    except ClusterRefused:
        return ()
    own = [event for event in found if event["involvedObject"].get("uid") == platform.metadata.uid]
    return tuple(sorted(own, key=lambda event: event.get("lastTimestamp") or "", reverse=True))


async def _get_if_allowed(connected: Connected, kind: Kind, name: str) -> Manifest | None:
    """Return an object of the operator's namespace, or None if the user has no access to it."""
    try:
        return await connected.cluster.get(kind, OPERATOR_NAMESPACE, name)
    except ClusterRefused:
        return None


async def read_runbooks(connected: Connected) -> tuple[dict[str, str], list[Manifest]]:
    """Return the runbooks that ship with the operator (file name -> text), and those of the namespace."""
    found = await _get_if_allowed(connected, Kind.CONFIG_MAP, BUILT_IN_RUNBOOKS)
    own = await connected.cluster.list(Kind.RUNBOOK, connected.namespace)
    return dict((found or {}).get("data") or {}), own
