"""Holds and releases the Leases of targets. Called by `remediation`; decides nothing.

A Lease is created to hold a target and deleted to release it, so that the API server lets one execution in.
"""

import structlog

from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.port import ClusterRefused, ClusterWriter
from photo_operator.crds.platform import Manifest

log = structlog.get_logger(__name__)


async def hold(cluster: ClusterWriter, lease: Manifest) -> bool:
    """Create a Lease; return whether nobody else had it."""
    try:
        await cluster.create(Kind.LEASE, lease)
    except ClusterRefused as refused:
        if refused.reason != "AlreadyExists":
            raise
        log.info("target is held by another", lease=lease["metadata"]["name"])
        return False
    return True


async def release(cluster: ClusterWriter, lease: Manifest) -> None:
    """Delete a Lease."""
    await cluster.delete(Kind.LEASE, lease["metadata"]["namespace"], lease["metadata"]["name"])
