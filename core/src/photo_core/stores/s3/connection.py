"""The boto3 client of the platform and what its failures mean.

Used by `storage` and `provision`. Calls block: both run them in threads.
"""

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, SSLError

from photo_core.engines.object_storage import ObjectStorageSettings
from photo_core.errors import Engine, EngineUnavailable
from photo_core.telemetry.metrics import ENGINE_FAILURES
from photo_core.tls import refusal

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

Result = TypeVar("Result")
ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
NOT_FOR_EVERYBODY = ABSENT | {"403", "AccessDenied", "Forbidden"}  # what is gone is forbidden to who may not list
CONNECT_TIMEOUT_S = 2
READ_TIMEOUT_S = 15
ATTEMPTS = 3

# at DEBUG botocore prints canonical requests and signatures
logging.getLogger("botocore").setLevel(logging.WARNING)
logging.getLogger("boto3").setLevel(logging.WARNING)


def connect(settings: ObjectStorageSettings) -> "S3Client":
    """Return a client of the endpoint that pods reach; it connects at its first call."""
    client: S3Client = boto3.client(
        "s3",
        endpoint_url=settings.endpoint,
        region_name=settings.region,
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=settings.secret_access_key,
        verify=settings.ca_path,
        config=_configured("s3v4"),
    )
    return client


class RenewedClient:
    """A client with the keys that are mounted now; another one is made when they have changed. Called from threads."""

    def __init__(self, settings: ObjectStorageSettings) -> None:
        self._settings = settings
        self._made_with = settings
        self._client = connect(settings)
        self._making = threading.Lock()

    def current(self) -> "S3Client":
        """Return it."""
        now = self._settings.renewed()
        with self._making:
            if now != self._made_with:
                self._client, self._made_with = connect(now), now
            return self._client


def connect_as_anybody(settings: ObjectStorageSettings) -> "S3Client":
    """Return a client of the public endpoint without credentials: it sees what everybody sees."""
    client: S3Client = boto3.client(
        "s3",
        endpoint_url=settings.public_endpoint,
        region_name=settings.region,
        verify=settings.ca_path,
        config=_configured(UNSIGNED),
    )
    return client


def _configured(signature_version: Any) -> Config:
    return Config(
        signature_version=signature_version,
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",  # chunked checksums are not understood by every store
        response_checksum_validation="when_required",
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
    )


def error_code(error: ClientError) -> str:
    """Return the store's code for a refusal, such as NoSuchKey or 404."""
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def answered(call: Callable[[], Result]) -> Result:
    """Make a blocking call, translate its failures and count them.

    Raises:
        EngineUnavailable: the store did not answer or refused; the detail holds no URL and no key.
    """
    try:
        return _translated(call)
    except EngineUnavailable:
        ENGINE_FAILURES.labels(engine=Engine.OBJECT_STORAGE).inc()
        raise


def _translated(call: Callable[[], Result]) -> Result:
    try:
        return call()
    except ClientError as error:
        raise EngineUnavailable(
            Engine.OBJECT_STORAGE, f"refused {error.operation_name}: {error_code(error)}"
        ) from error
    except BotoCoreError as error:
        raise EngineUnavailable(Engine.OBJECT_STORAGE, _described(error)) from error


def _described(error: BotoCoreError) -> str:
    """Name a failure; the reason of one of TLS holds no URL, others may."""
    told = f"{type(error).__name__}: {error.kwargs['error']}" if isinstance(error, SSLError) else type(error).__name__
    return refusal(error) or told


def found(call: Callable[[], Result], absent: frozenset[str] = ABSENT) -> Result | None:
    """Make a blocking call as `answered` does, and return None where the store says that there is no such object."""
    try:
        return _translated(call)
    except EngineUnavailable as error:
        if isinstance(error.__cause__, ClientError) and error_code(error.__cause__) in absent:
            return None
        ENGINE_FAILURES.labels(engine=Engine.OBJECT_STORAGE).inc()
        raise
