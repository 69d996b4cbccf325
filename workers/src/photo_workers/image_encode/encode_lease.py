"""Which photograph this encoder has in hand, for itself and for those who come after it.

Used by the handler. An encoder that ends in any ordinary way gives its photograph back; one that dies over it cannot,
and by how many did so a photograph that kills encoders is told from one whose encoder was unlucky.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from photo_core.clock import Clock
from photo_core.errors import EngineUnavailable
from photo_core.ports.media import MediaLeases
from photo_core.telemetry.metrics import ENCODE_UNDER_WAY


class EncodeLease:
    """The photograph in hand.

    Args:
        leases: where others see it.
        holder: this process, unlike any other before or after.
        clock: tells for how long it has been in hand.
    """

    def __init__(self, leases: MediaLeases, holder: str, clock: Clock) -> None:
        self._leases = leases
        self._holder = holder
        self._clock = clock
        self._since: float | None = None

    @asynccontextmanager
    async def held(self, media_id: int) -> AsyncIterator[int]:
        """Yield how many other encoders took a media and never gave it back; it is given back unless time ran out."""
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
        """Return for how long the photograph has been in hand; 0 if none is."""
        since = self._since
        return 0.0 if since is None else self._clock.monotonic() - since

    def publish_metric(self) -> None:
        """Let the metric follow."""
        ENCODE_UNDER_WAY.set_function(self.seconds)
