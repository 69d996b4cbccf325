"""The real `WorkerIdLeases`: one row a worker number that was ever used, dated by PostgreSQL's clock."""

from typing import TYPE_CHECKING

from photo_core.domain.ids import MAX_WORKER
from photo_core.errors import Engine, EngineUnavailable

if TYPE_CHECKING:
    from photo_core.stores.postgres.pool import PostgresPool

LOCK = "LOCK TABLE worker_id_leases IN EXCLUSIVE MODE"
RENEW = "UPDATE worker_id_leases SET leased_at = now() WHERE holder = $1 RETURNING worker_id"
REUSE = """
UPDATE worker_id_leases SET holder = $1, leased_at = now() WHERE worker_id = (
    SELECT worker_id FROM worker_id_leases WHERE leased_at < now() - interval '2 hours' ORDER BY leased_at LIMIT 1
) RETURNING worker_id
"""
ADD = """
INSERT INTO worker_id_leases (worker_id, holder, leased_at)
SELECT count(*), $1, now() FROM worker_id_leases HAVING count(*) <= $2 RETURNING worker_id
"""


class PostgresWorkerIdLeases:
    """Worker numbers for minting ids. Rows are only ever added, so their count is the next free number."""

    def __init__(self, pool: "PostgresPool") -> None:
        self._pool = pool

    async def lease(self, holder: str) -> int:
        """Renew the holder's own number, or take one that is free.

        Raises:
            EngineUnavailable: PostgreSQL does not answer, or every number is taken.
        """
        async with self._pool.transaction() as connection:
            await connection.execute(LOCK)
            for statement, values in ((RENEW, (holder,)), (REUSE, (holder,)), (ADD, (holder, MAX_WORKER))):
                worker = await connection.fetchval(statement, *values)
                if worker is not None:
                    return int(worker)
        raise EngineUnavailable(Engine.POSTGRES, "every worker number is leased")
