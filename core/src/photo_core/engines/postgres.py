"""PostgreSQL: how pods reach it, and what the operator has to give them for that.

The URI in the Secret is the only address. It holds a password, so no error of this module ever quotes it.
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from photo_core.engines.contract import EngineContract
from photo_core.errors import Engine
from photo_core.mounted import InvalidSettings, Mounted
from photo_core.settings import Source, renewed_or_kept

URI_KEY = "uri"
SCHEMES = frozenset({"postgresql", "postgres"})
DEFAULT_PORT = 5432


class PostgresSettings(Struct, frozen=True):
    """How to reach PostgreSQL; the URI holds the password."""

    uri: str
    ca_path: str | None = None
    folder: Path | None = None  # where they are mounted

    def __repr__(self) -> str:
        """Show nothing of the URI."""
        return "PostgresSettings(uri=...)"

    def renewed(self) -> "PostgresSettings":
        """Return them as they are mounted now."""
        return self if self.folder is None else renewed_or_kept(self, _mounted_settings, self.folder)


def postgres_settings(source: Source) -> PostgresSettings:
    """Read how to reach PostgreSQL.

    Raises:
        InvalidSettings: the URI cannot be read; neither the message nor a cause holds any of it.
    """
    return _mounted_settings(source.secrets / Engine.POSTGRES.secret_folder)


def _mounted_settings(folder: Path) -> PostgresSettings:
    mounted = Mounted(folder)
    uri = mounted.key(URI_KEY)
    if not is_uri(uri):
        raise InvalidSettings("the key uri of the secret postgres is not a PostgreSQL URI; percent-encode its password")
    return PostgresSettings(uri, mounted.ca_path, folder)


def _split(uri: str) -> SplitResult | None:
    """Return the parts of a URI with a valid port; None where it cannot be read."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts


def is_uri(uri: str) -> bool:
    """Tell whether this is a URI of PostgreSQL in which nothing of the password ends the host's part early.

    Clients would quote such a password in their errors.
    """
    parts = _split(uri)
    return parts is not None and parts.scheme in SCHEMES and parts.netloc.count("@") == uri.count("@") <= 1


def port_of(uri: str) -> int:
    """Return the port of a URI, PostgreSQL's own where it names none or cannot be read."""
    parts = _split(uri)
    return (parts.port if parts is not None else None) or DEFAULT_PORT


def host_of(uri: str) -> str:
    """Return the host that a URI names, without the credentials."""
    parts = _split(uri)
    return (parts.hostname if parts is not None else None) or "the host of the URI"


def describe_malformed(values: Mapping[str, str]) -> str | None:
    """Return what is wrong with the URI, without quoting it; None where nothing is."""
    if is_uri(values[URI_KEY]):
        return None
    return f"{URI_KEY} is no postgresql:// URI; percent-encode what the password holds"


CONTRACT = EngineContract(
    engine=Engine.POSTGRES,
    required_keys=(URI_KEY,),
    read_settings=postgres_settings,
    provision_module="photo_core.stores.postgres.provision",
    describe_malformed=describe_malformed,
)
