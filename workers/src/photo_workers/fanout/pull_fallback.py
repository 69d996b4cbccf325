"""Replaces the delivery of follower ranges by a pull range, if the runtime policy says so.

The policy may name an age of posts and a number of followers. Called by the fan-out worker before it delivers. A range
is dropped only after a closed pull range of its post is stored, which every later read obeys, so no reader loses the
post (docs/adr/0017). The author's own feed still gets the post.
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
STORE_SECONDS = 2.0  # pushing is better than waiting longer
POSTS_KNOWN = 10_000


def is_pulled(range_: FanoutRange, policy: RuntimePolicy, now_ms: int) -> bool:
    """Return whether readers pull the post of a range instead of finding it in their feeds."""
    if range_.followers == (range_.author_id,):
        return False
    too_old, too_large = policy.skip_fanout_after_seconds, policy.celebrity_threshold
    if too_old is not None and now_ms - range_.created_at_ms >= too_old * 1000:
        return True
    return too_large is not None and range_.reach >= too_large


def author_part(range_: FanoutRange) -> list[FanoutRange]:
    """Return the part of a pulled range that is delivered all the same: the author's own feed."""
    if range_.author_id not in range_.followers:
        return []
    return [msgspec.structs.replace(range_, followers=(range_.author_id,))]


class PullFallback:
    """Stores pull ranges for the posts that the policy excludes from delivery.

    Args:
        follows: stores the pull ranges.
        policy: returns the current runtime policy.
        clock: dates the ages of posts.
    """

    def __init__(self, follows: Follows, policy: Callable[[], RuntimePolicy], clock: Clock) -> None:
        self._follows = follows
        self._policy = policy
        self._clock = clock
        self._pulled: OrderedDict[int, None] = OrderedDict()  # posts with a stored range; ranges are never removed

    async def remaining(self, ranges: Sequence[FanoutRange]) -> Sequence[FanoutRange]:
        """Return the ranges to deliver; all of them if pull ranges cannot be stored."""
        policy, now_ms = self._policy(), self._clock.now_ms()
        pulled = [each for each in ranges if is_pulled(each, policy, now_ms)]
        if not pulled:
            return ranges
        try:
            async with asyncio.timeout(STORE_SECONDS):
                await self._pull(pulled)
        except (EngineUnavailable, TimeoutError) as error:
            LOG.warning("pull range not stored, pushing instead", engine=Engine.POSTGRES, detail=str(error))
            return ranges
        kept = [each for each in ranges if not is_pulled(each, policy, now_ms)]
        kept += [own for each in pulled for own in author_part(each)]
        FANOUT_SKIPPED.inc(_deliveries(ranges) - _deliveries(kept))
        return kept

    async def _pull(self, pulled: Sequence[FanoutRange]) -> None:
        authors = {each.post_id: each.author_id for each in pulled if each.post_id not in self._pulled}
        if not authors:
            return
        alone = [PullRange(author_id, post_id, post_id) for post_id, author_id in authors.items()]
        await self._follows.add_pull_ranges(coalesced(alone))
        self._pulled |= dict.fromkeys(authors)
        while len(self._pulled) > POSTS_KNOWN:
            self._pulled.popitem(last=False)


def _deliveries(ranges: Sequence[FanoutRange]) -> int:
    return sum(len(each.followers) for each in ranges)
