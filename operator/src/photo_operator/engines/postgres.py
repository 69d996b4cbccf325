"""PostgreSQL's probe: a connection with the Secret's URI and one query. Called by `pool`."""

import asyncpg

from photo_core.engines.postgres import URI_KEY, host_of
from photo_core.errors import Engine
from photo_operator.crds.engines import Postgres
from photo_operator.engines import tls
from photo_operator.engines.model import Credentials, Health, healthy, not_whole, refused, unreachable

TIMEOUT_SECONDS = 3.0


class PostgresProbe:
    """Opens one connection per probe."""

    def __init__(self, spec: Postgres, credentials: Credentials) -> None:
        self._spec = spec
        self._credentials = credentials

    async def probe(self) -> Health:
        """Log in and run `SELECT 1`."""
        uri = self._credentials.values[URI_KEY]
        try:
            await self._ask(uri)
        except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
            return refused(Engine.POSTGRES, self._spec.secret_ref.name, error)
        except (OSError, TimeoutError) as error:
            return unreachable(Engine.POSTGRES, host_of(uri), error)
        except asyncpg.PostgresError as error:
            return not_whole(Engine.POSTGRES, f"{type(error).__name__}: {error}")
        except (asyncpg.InterfaceError, ValueError) as error:  # their messages may quote the URI
            return not_whole(Engine.POSTGRES, type(error).__name__)
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
        """Do nothing: no connection stays open."""


PROBE = PostgresProbe
