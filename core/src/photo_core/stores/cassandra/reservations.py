"""The real `Reservations`: one LWT a key, and nothing but LWTs on this table."""

from photo_core.ports.posts import Reservation
from photo_core.stores.cassandra.session import CassandraSession

RESERVE = """
INSERT INTO reservations (user_id, route, key, body_hash, resource_id, created_at_ms)
VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS
"""


class CassandraReservations:
    """Idempotency keys, per user and route, for 24 h."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def reserve(self, wanted: Reservation) -> Reservation:
        """Store the reservation unless one exists, and return the one that holds."""
        values = (wanted.user_id, wanted.route, wanted.key, wanted.body_hash, wanted.resource_id, wanted.created_at_ms)
        (row,) = await self._session.execute(RESERVE, values)
        if row.applied:
            return wanted
        return Reservation(wanted.user_id, wanted.route, wanted.key, row.body_hash, row.resource_id, row.created_at_ms)
