"""The only reader of the process environment and of mounted secrets.

Called once by each `main`; everything else takes the part of `Settings` that it needs. The operator imports the
names in `Variable` to build the environment of its children, so that each name is written once. Settings of engines are
in `photo_core.engines`.
Secrets are files, never variables: they can be rotated, and no environment dump shows them.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from photo_core.mounted import InvalidSettings, Mounted

Renewable = TypeVar("Renewable")
SECRETS_DIR = "/etc/photoplatform/secrets"
KEYS_FOLDER = "keys"  # in SECRETS_DIR: the platform's own token-signing-key and cursor-signing-key
RUNTIME_DIR = "/etc/photoplatform/runtime"
HTTP_PORT = 8000
METRICS_PORT = 9100
DEFAULT_MAX_PHOTO_BYTES = 20 * 1024 * 1024
DURATION = r"([0-9]+)([smhd])"  # as the resource writes it
SECONDS_OF = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Variable(StrEnum):
    """Every environment variable that a pod reads, without those of the engines: `photo_core.engines`."""

    CELEBRITY_THRESHOLD = "CELEBRITY_THRESHOLD"  # followers from which an author is pulled
    PLATFORM = "PHOTO_PLATFORM"  # name of the PhotoPlatform
    NAMESPACE = "PHOTO_NAMESPACE"  # its namespace
    POD_NAME = "PHOTO_POD_NAME"  # holder of leases, from the downward API
    PROVISION = "PHOTO_PROVISION"  # engines to provision: kafka,cassandra,postgres,objectStorage
    FEED_CAP = "PHOTO_FEED_CAP"  # post ids kept in a feed head
    FEED_INACTIVE_AFTER_DAYS = "PHOTO_FEED_INACTIVE_AFTER_DAYS"  # an unread feed head expires
    FEED_SKIP_FANOUT_AFTER = "PHOTO_FEED_SKIP_FANOUT_AFTER"  # older posts are pulled, not pushed: 90s, 10m, 6h or 1d
    FEED_REBUILDS_PER_SECOND = "PHOTO_FEED_REBUILDS_PER_SECOND"  # by one worker, before anybody reads
    ACCOUNTS_SETTLE_AFTER = "PHOTO_ACCOUNTS_SETTLE_AFTER"  # deletion, then the last pass of its purge: 60s or 1m
    MEDIA_MAX_PHOTO_BYTES = "PHOTO_MEDIA_MAX_PHOTO_BYTES"  # larger uploads are refused when they are announced
    RATE_LIMIT_PER_ACCOUNT = "PHOTO_RATE_LIMIT_PER_ACCOUNT"  # requests a second
    LOG_LEVEL = "PHOTO_LOG_LEVEL"  # INFO unless set
    HTTP_PORT = "PHOTO_HTTP_PORT"  # 8000 in pods; several processes on one host differ
    METRICS_PORT = "PHOTO_METRICS_PORT"  # 9100 in pods
    OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"  # spans are off without it


class PasswordLogin(Struct, frozen=True):
    """A user, a password and the CA that the engine's certificate must come from; no CA means no TLS."""

    username: str
    password: str
    ca_path: str | None = None
    folder: Path | None = None  # where it is mounted

    def __repr__(self) -> str:
        """Show who, never the password."""
        return f"PasswordLogin(username={self.username!r})"

    def renewed(self) -> "PasswordLogin":
        """Return the login as it is mounted now. Clients ask before each connection, since Secrets are rotated."""
        return self if self.folder is None else renewed_or_kept(self, _mounted_login, self.folder)


class FeedSettings(Struct, frozen=True):
    """The limits of feeds."""

    celebrity_threshold: int = 10_000
    cap: int = 800
    inactive_after_days: int = 30
    skip_fanout_after_seconds: int = 3_600
    rebuilds_per_second: int = 500


class MediaSettings(Struct, frozen=True):
    """The limits of uploads, in bytes."""

    max_photo_bytes: int = DEFAULT_MAX_PHOTO_BYTES


def parse_addresses(addresses: Iterable[str], default_port: int) -> tuple[tuple[str, int], ...]:
    """Return `host:port` or `host` as (host, port) pairs."""
    parts = [address.strip().rpartition(":") for address in addresses]
    return tuple((host, int(port)) if host else (port, default_port) for host, _, port in parts)


class Source(Struct, frozen=True):
    """Where settings are read from; tests hand in a mapping and a folder of their own."""

    variables: Mapping[str, str]
    secrets: Path

    def text(self, name: StrEnum, default: str | None = None) -> str:
        """Return a variable.

        Raises:
            InvalidSettings: it is not set and has no default.
        """
        value = self.variables.get(name, default)
        if value is None:
            raise InvalidSettings(f"set the environment variable {name}")
        return value

    def number(self, name: StrEnum, default: int) -> int:
        """Return a variable as a whole number.

        Raises:
            InvalidSettings: it is not one.
        """
        try:
            return msgspec.convert(self.text(name, str(default)), int, strict=False)
        except msgspec.ValidationError as error:
            raise InvalidSettings(f"{name} must be a whole number: {error}") from error

    def seconds(self, name: StrEnum, default: str) -> int:
        """Return a duration such as 90s, 10m, 6h or 1d in seconds.

        Raises:
            InvalidSettings: it is not one.
        """
        text = self.text(name, default)
        found = re.fullmatch(DURATION, text)
        if found is None:
            raise InvalidSettings(f"{name} must be a duration such as 90s, 10m, 6h or 1d, not {text}")
        return int(found[1]) * SECONDS_OF[found[2]]

    def addresses(self, name: StrEnum, default_port: int) -> tuple[tuple[str, int], ...]:
        """Return `host:port,host` as (host, port) pairs."""
        return parse_addresses(self.text(name).split(","), default_port)

    def login(self, folder: str) -> PasswordLogin:
        """Return a user name, a password and an optional CA."""
        return _mounted_login(self.secrets / folder)


def _mounted_login(folder: Path) -> PasswordLogin:
    mounted = Mounted(folder)
    return PasswordLogin(mounted.key("username"), mounted.key("password"), mounted.ca_path, folder)


def renewed_or_kept(kept: Renewable, read: Callable[[Path], Renewable], folder: Path) -> Renewable:
    """Return what is mounted now, or what was read before if that is invalid; the operator reports what is wrong."""
    try:
        return read(folder)
    except InvalidSettings:
        return kept


def process_source() -> Source:
    """Return the environment and the mounted secrets of this process."""
    environment = dict(os.environ)  # noqa: TID251 - the one place
    return Source(environment, Path(environment.get("PHOTO_SECRETS_DIR", SECRETS_DIR)))


def feed_settings(source: Source) -> FeedSettings:
    """Read the limits of feeds."""
    return FeedSettings(
        celebrity_threshold=source.number(Variable.CELEBRITY_THRESHOLD, 10_000),
        cap=source.number(Variable.FEED_CAP, 800),
        inactive_after_days=source.number(Variable.FEED_INACTIVE_AFTER_DAYS, 30),
        skip_fanout_after_seconds=source.seconds(Variable.FEED_SKIP_FANOUT_AFTER, "1h"),
        rebuilds_per_second=source.number(Variable.FEED_REBUILDS_PER_SECOND, 500),
    )


def media_settings(source: Source) -> MediaSettings:
    """Read the limits of uploads."""
    return MediaSettings(max_photo_bytes=source.number(Variable.MEDIA_MAX_PHOTO_BYTES, DEFAULT_MAX_PHOTO_BYTES))


class SigningKeys(Struct, frozen=True):
    """The platform's own keys: those that sign, and others whose signatures are accepted while keys are rotated."""

    token: str
    cursor: str
    other_tokens: tuple[str, ...] = ()
    other_cursors: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Show nothing of the keys."""
        return "SigningKeys(...)"


def signing_keys(source: Source) -> SigningKeys:
    """Read the keys that sign tokens and cursors."""
    mounted = Mounted(source.secrets / KEYS_FOLDER)
    return SigningKeys(
        token=mounted.key("token-signing-key"),
        cursor=mounted.key("cursor-signing-key"),
        other_tokens=mounted.lines("token-verifying-keys"),
        other_cursors=mounted.lines("cursor-verifying-keys"),
    )
