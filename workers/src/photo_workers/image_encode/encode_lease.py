"""The lease of the photograph that this encoder works on.

Used by the handler. An encoder releases its lease however it ends, unless the process is killed. The number of leases
that were never released tells a photograph that kills encoders from one whose encoder was killed for another reason.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from photo_core.clock import Clock
from photo_core.errors import EngineUnavailable
from photo_core.ports.media import MediaLeases
from photo_core.telemetry.metrics import ENCODE_UNDER_WAY


class EncodeLease:
    """The lease of one photograph at a time.

    Args:
        leases: stores leases, so that other encoders see them.
        holder: a name that no other process uses, now or later.
        clock: measures how long the lease has been held.
    """

    def __init__(self, leases: MediaLeases, holder: str, clock: Clock) -> None:
        self._leases = leases
        self._holder = holder
        self._clock = clock
        self._since: float | None = None

    @asynccontextmanager
    async def held(self, media_id: int) -> AsyncIterator[int]:
        """Lease a media and yield how many others never released it; after a timeout this lease stays as well."""
        self._since = self._clock.monotonic()
        try:
            yield len(await self._leases.take(media_id, self._holder))
        except TimeoutError:
            raise
        except BaseException:
            with suppress(EngineUnavailable):
                await self._leases.give_back(media_id, self._holder)
            raise
        else:
            await self._leases.give_back(media_id, self._holder)
        finally:
            self._since = None

    def seconds(self) -> float:
        """Return how long the current lease has been held; 0 without one."""
        since = self._since
        return 0.0 if since is None else self._clock.monotonic() - since

    def publish_metric(self) -> None:
        """Let the metric read how long the current lease has been held."""
        ENCODE_UNDER_WAY.set_function(self.seconds)
