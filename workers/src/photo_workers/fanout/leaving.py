"""Ranges that are left to their readers: by the runtime policy their posts are too old, or their authors too large.

Called by the fan-out worker before it delivers. A range is left only after a closed pull range of its post stands,
which every read that begins later obeys, so no reader loses the post: see docs/adr/0017. Authors are no readers of
their own ranges; they get their post as always.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence

import msgspec
import structlog

from photo_core.clock import Clock
from photo_core.domain.accounts import PullRange
from photo_core.domain.pull_ranges import coalesced
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.errors import Engine, EngineUnavailable
from photo_core.messages.events import FanoutRange
from photo_core.ports.follows import Follows
from photo_core.telemetry.metrics import FANOUT_SKIPPED

LOG = structlog.get_logger(__name__)
STORE_SECONDS = 2.0  # pushing is better than waiting for longer
POSTS_KNOWN = 10_000


def is_left(range_: FanoutRange, policy: RuntimePolicy, now_ms: int) -> bool:
    """Decide whether readers pull the post of a range instead of finding it in their feeds."""
    if range_.followers == (range_.author_id,):
        return False
    too_old, too_large = policy.skip_fanout_after_seconds, policy.celebrity_threshold
    if too_old is not None and now_ms - range_.created_at_ms >= too_old * 1000:
        return True
    return too_large is not None and range_.reach >= too_large


def own_part(range_: FanoutRange) -> list[FanoutRange]:
    """Return what is delivered of a range that is left: its author's own feed."""
    if range_.author_id not in range_.followers:
        return []
    return [msgspec.structs.replace(range_, followers=(range_.author_id,))]


class Leaving:
    """Leaves ranges to readers, as the policy says.

    Args:
        follows: where pull ranges stand.
        policy: the runtime policy of now.
        clock: tells how old a post is.
    """

    def __init__(self, follows: Follows, policy: Callable[[], RuntimePolicy], clock: Clock) -> None:
        self._follows = follows
        self._policy = policy
        self._clock = clock
        self._pulled: OrderedDict[int, None] = OrderedDict()  # posts of which a range stands; none is ever taken back

    async def remaining(self, ranges: Sequence[FanoutRange]) -> Sequence[FanoutRange]:
        """Return what is to be delivered; where nobody can store that the rest is pulled, all of it."""
        policy, now_ms = self._policy(), self._clock.now_ms()
        left = [each for each in ranges if is_left(each, policy, now_ms)]
        if not left:
            return ranges
        try:
            async with asyncio.timeout(STORE_SECONDS):
                await self._pull(left)
        except (EngineUnavailable, TimeoutError) as error:
            LOG.warning("pushed, not left to readers", engine=Engine.POSTGRES, detail=str(error))
            return ranges
        kept = [each for each in ranges if not is_left(each, policy, now_ms)]
        kept += [own for each in left for own in own_part(each)]
        FANOUT_SKIPPED.inc(_deliveries(ranges) - _deliveries(kept))
        return kept

    async def _pull(self, left: Sequence[FanoutRange]) -> None:
        authors = {each.post_id: each.author_id for each in left if each.post_id not in self._pulled}
        if not authors:
            return
        alone = [PullRange(author_id, post_id, post_id) for post_id, author_id in authors.items()]
        await self._follows.add_pull_ranges(coalesced(alone))
        self._pulled |= dict.fromkeys(authors)
        while len(self._pulled) > POSTS_KNOWN:
            self._pulled.popitem(last=False)


def _deliveries(ranges: Sequence[FanoutRange]) -> int:
    return sum(len(each.followers) for each in ranges)
