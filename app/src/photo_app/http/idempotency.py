"""Idempotency-Key: the first request reserves the id of what it creates; repeated requests return the same resource.

Used by services that create. They call `claim` first. If the claim is repeated and the resource exists, they return it;
else they call `require_abandoned` and create it again under the claim's id, which changes nothing that exists.
"""

import hashlib

from msgspec import Struct

from photo_app.http.problems import Problem, ProblemType
from photo_core.clock import Clock
from photo_core.domain.ids import created_at_ms
from photo_core.ids import IdMinter
from photo_core.ports.posts import Reservation, Reservations

IN_FLIGHT_MS = 10_000  # a request that has not ended by then died with its pod


class KeyedRequest(Struct, frozen=True):
    """A request that creates something; `key` is None without an Idempotency-Key."""

    user_id: int
    route: str
    key: str | None
    body: bytes


class Claim(Struct, frozen=True):
    """The id under which a request creates. `repeated` means that an earlier request has reserved it."""

    resource_id: int
    created_at_ms: int
    repeated: bool = False

    def require_abandoned(self, now_ms: int) -> None:
        """Allow a repeated request to create only once the first one cannot be in flight any more.

        Raises:
            Problem: the first request may still be in flight (409 with Retry-After).
        """
        remaining_ms = self.created_at_ms + IN_FLIGHT_MS - now_ms
        if self.repeated and remaining_ms > 0:
            seconds = str(-(-remaining_ms // 1000))
            raise Problem(ProblemType.IN_FLIGHT, f"try again in {seconds} s", headers={"Retry-After": seconds})


class Idempotency:
    """Claims over the reservations of the last 24 h."""

    def __init__(self, reservations: Reservations, minter: IdMinter, clock: Clock) -> None:
        self._reservations = reservations
        self._minter = minter
        self._clock = clock

    async def claim(self, request: KeyedRequest) -> Claim:
        """Return the id to create under.

        Raises:
            Problem: the key was used with another body (422).
        """
        new_id = self._minter.mint()
        if request.key is None:
            return Claim(new_id, created_at_ms(new_id))
        wanted = _reservation(request, request.key, new_id)
        return _claimed(wanted, await self._reservations.reserve(wanted))

    def now_ms(self) -> int:
        """Return the time that `require_abandoned` compares with."""
        return self._clock.now_ms()


def _reservation(request: KeyedRequest, key: str, resource_id: int) -> Reservation:
    body_hash = hashlib.sha256(request.body).hexdigest()
    return Reservation(request.user_id, request.route, key, body_hash, resource_id, created_at_ms(resource_id))


def _claimed(wanted: Reservation, held: Reservation) -> Claim:
    if held.body_hash != wanted.body_hash:
        raise Problem(ProblemType.KEY_REUSED, "use a new Idempotency-Key for another request")
    return Claim(held.resource_id, held.created_at_ms, repeated=held.resource_id != wanted.resource_id)
