"""The Lease in memory, for tests: a replace is refused unless it is of the version that is stored."""

import copy

from photo_operator.cluster.port import CONFLICT, ClusterRefused, ClusterUnavailable
from photo_operator.crds.platform import Manifest


class FakeLeaseStore:
    """One Lease; `away` makes every call fail as an API server does that does not answer."""

    def __init__(self) -> None:
        self.lease: Manifest | None = None
        self.away = False
        self._version = 0

    async def read(self) -> Manifest | None:
        """Return the Lease, or None."""
        self._answer()
        return copy.deepcopy(self.lease)

    async def create(self, lease: Manifest) -> Manifest:
        """Store the first Lease."""
        self._answer()
        if self.lease is not None:
            raise ClusterRefused("AlreadyExists", "there is a Lease")
        return self._store(lease)

    async def replace(self, lease: Manifest) -> Manifest:
        """Store a Lease of the version that is there."""
        self._answer()
        if self.lease is None or self.lease["metadata"]["resourceVersion"] != lease["metadata"]["resourceVersion"]:
            raise ClusterRefused(CONFLICT, "the Lease was changed meanwhile")
        return self._store(lease)

    def _store(self, lease: Manifest) -> Manifest:
        self._version += 1
        metadata = lease["metadata"] | {"resourceVersion": str(self._version)}
        self.lease = copy.deepcopy(lease | {"metadata": metadata})
        return copy.deepcopy(self.lease)

    def _answer(self) -> None:
        if self.away:
            raise ClusterUnavailable("nobody answers")
