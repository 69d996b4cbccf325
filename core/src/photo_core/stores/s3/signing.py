"""Presigned URLs of the public endpoint, signed at a given time.

Pure: nothing is asked of the store, and the same arguments give the same URL. boto3's own presigner reads the wall
clock, so a replayed request could not be given the URL that it was given before; only that line differs here.
"""

from datetime import UTC, datetime
from typing import Any

from botocore.auth import SIGV4_TIMESTAMP, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from msgspec import Struct

from photo_core.engines.object_storage import ObjectStorageSettings


class PutRequest(Struct, frozen=True):
    """A PUT to be signed: `headers` must be sent as they are, for `valid_s` seconds from `signed_at_ms`."""

    bucket: str
    key: str
    headers: dict[str, str]
    signed_at_ms: int
    valid_s: int


class _SigningAt(S3SigV4QueryAuth):
    """botocore's signer with the time handed in."""

    def __init__(self, credentials: Credentials, region: str, put: PutRequest) -> None:
        super().__init__(credentials, "s3", region, expires=put.valid_s)
        self._signed_at = datetime.fromtimestamp(put.signed_at_ms // 1000, tz=UTC)

    def add_auth(self, request: Any) -> None:
        """Sign as the parent does, at the given time, and log nothing."""
        request.context["timestamp"] = self._signed_at.strftime(SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)  # type: ignore[attr-defined] # absent from the stubs
        text = self.string_to_sign(request, self.canonical_request(request))
        self._inject_signature_to_request(request, self.signature(text, request))  # type: ignore[attr-defined]


def object_url(settings: ObjectStorageSettings, bucket: str, key: str) -> str:
    """Return the path-style public URL of an object, unsigned."""
    return f"{settings.public_endpoint.rstrip('/')}/{bucket}/{key}"


def signed_put_url(settings: ObjectStorageSettings, put: PutRequest) -> str:
    """Return a URL with which anybody can make exactly this PUT until it expires."""
    request = AWSRequest("PUT", object_url(settings, put.bucket, put.key), headers=dict(put.headers))
    credentials = Credentials(settings.access_key_id, settings.secret_access_key)
    _SigningAt(credentials, settings.region, put).add_auth(request)
    return str(request.url)
