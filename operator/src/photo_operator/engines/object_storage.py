"""The object store's probe: one signed request. Called by `pool`.

The request is signed by botocore and sent by the HTTP client that the operator has anyway: boto3 blocks the event loop,
and its first client adds 15 MB to the process.
"""

import httpx2
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Keys

from photo_core.errors import Engine
from photo_operator.crds.engines import ObjectStorage
from photo_operator.engines import tls
from photo_operator.engines.model import Credentials, Health, healthy, not_whole, refused, unreachable

TIMEOUT_SECONDS = 3.0


class ObjectStorageProbe:
    """An HTTP client for one store with one Secret."""

    def __init__(self, spec: ObjectStorage, credentials: Credentials) -> None:
        self._spec = spec
        self._credentials = credentials
        secure = spec.endpoint.startswith("https://")
        verify = tls.context(credentials.ca_certificate) or (True if secure else tls.unused())
        self._client = httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, verify=verify, trust_env=False)

    async def probe(self) -> Health:
        """List the buckets."""
        try:
            answer = await self._client.get(f"{self._spec.endpoint}/", headers=self._signed())
        except httpx2.HTTPError as error:
            return unreachable(Engine.OBJECT_STORAGE, self._spec.endpoint, error)
        if answer.status_code in (401, 403):
            return refused(Engine.OBJECT_STORAGE, self._spec.secret_ref.name, f"HTTP {answer.status_code}")
        if answer.status_code != 200:
            return not_whole(Engine.OBJECT_STORAGE, f"{self._spec.endpoint} answers HTTP {answer.status_code}")
        return healthy(Engine.OBJECT_STORAGE)

    def _signed(self) -> dict[str, str]:
        values = self._credentials.values
        request = AWSRequest("GET", f"{self._spec.endpoint}/")
        keys = Keys(values["access_key_id"], values["secret_access_key"])
        S3SigV4Auth(keys, "s3", self._spec.region).add_auth(request)
        return dict(request.headers.items())

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


PROBE = ObjectStorageProbe
