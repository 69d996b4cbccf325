"""The Lease on a real API server. It has no fence: it is what the fence looks at."""

from lightkube import AsyncClient

from photo_operator.cluster.answers import Call, answer
from photo_operator.cluster.kinds import LEASE_NAME, Kind
from photo_operator.cluster.kube import resource_of
from photo_operator.cluster.port import ClusterRefused
from photo_operator.crds.platform import Manifest
from photo_operator.leadership.lease import RENEW_DEADLINE_SECONDS

CALL_SECONDS = RENEW_DEADLINE_SECONDS / 4


class KubeLeaseStore:
    """The Lease `photoplatform-operator` of one namespace."""

    def __init__(self, client: AsyncClient, namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        self._lease = resource_of(Kind.LEASE)

    async def read(self) -> Manifest | None:
        """Return the Lease, or None."""
        asked = self._client.get(self._lease, LEASE_NAME, namespace=self._namespace)
        try:
            return dict(await answer(_call("get"), asked))
        except ClusterRefused as refused:
            if refused.reason == "NotFound":
                return None
            raise

    async def create(self, lease: Manifest) -> Manifest:
        """Store the first Lease."""
        item = self._lease.from_dict(lease)
        return dict(await answer(_call("create"), self._client.create(item, namespace=self._namespace)))  # type: ignore[call-overload]

    async def replace(self, lease: Manifest) -> Manifest:
        """Store a Lease; the API server compares its resourceVersion."""
        item = self._lease.from_dict(lease)
        return dict(await answer(_call("update"), self._client.replace(item, namespace=self._namespace)))  # type: ignore[call-overload]


def _call(verb: str) -> Call:
    return Call(verb, Kind.LEASE.value.plural, CALL_SECONDS)
