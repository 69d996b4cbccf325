"""PostgreSQL's probe: a connection with the Secret's URI and one query. Called by `monitor`."""

from urllib.parse import urlsplit

import asyncpg

from photo_core.errors import Engine
from photo_operator.crds import Postgres
from photo_operator.engines import tls
from photo_operator.engines.model import Credentials, Health, healthy, not_whole, refused, unreachable

TIMEOUT_SECONDS = 3.0
PORT = 5432


def port_of(uri: str) -> int:
    """Return the port of a URI, PostgreSQL's own where it names none."""
    return urlsplit(uri).port or PORT


def host_of(uri: str) -> str:
    """Return the host of a URI, without the credentials."""
    return urlsplit(uri).hostname or "the host of the URI"


class PostgresProbe:
    """One connection a probe."""

    def __init__(self, spec: Postgres, credentials: Credentials) -> None:
        self._spec = spec
        self._credentials = credentials

    async def probe(self) -> Health:
        """Ask the server for nothing in particular."""
        uri = self._credentials.values["uri"]
        try:
            await self._ask(uri)
        except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
            return refused(Engine.POSTGRES, self._spec.secret_ref.name, error)
        except (OSError, TimeoutError) as error:
            return unreachable(Engine.POSTGRES, host_of(uri), error)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
            return not_whole(Engine.POSTGRES, f"{type(error).__name__}: {error}")
        return healthy(Engine.POSTGRES)

    async def _ask(self, uri: str) -> None:
        connection = await asyncpg.connect(
            uri,
            timeout=TIMEOUT_SECONDS,
            command_timeout=TIMEOUT_SECONDS,
            ssl=tls.context(self._credentials.ca_certificate),
        )
        try:
            await connection.fetchval("SELECT 1")
        finally:
            await connection.close(timeout=1)

    async def close(self) -> None:
        """Nothing is kept open."""
