"""A FeedCache in memory, with a cluster's ways to lose data."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import count

from photo_core.domain.feed import head as decide
from photo_core.domain.feed.head import FeedHead, Rebuilt
from photo_core.domain.feed.layout import HEADER_BYTES, ID_BYTES, NONCE_BYTES, SMALLEST_APPENDED, pack_id
from photo_core.errors import Engine, EngineUnavailable

MASTERS = 3


class FakeFeedCache:
    """Three masters that hold feeds by viewer id, decide as the real store does, and fail when told to."""

    def __init__(self, cap: int = 800) -> None:
        self._cap = cap
        self.longest = HEADER_BYTES + ID_BYTES * (cap + decide.slack(cap))
        self._values: dict[int, bytes] = {}
        self._serial = count(1)
        self._epochs = [self._new_epoch() for _ in range(MASTERS)]
        # what each write overwrote, by master: the tail that a failover loses
        self._journals: dict[int, list[tuple[int, bytes | None]]] = defaultdict(list)
        self._failing = False

    async def read(self, viewer_id: int, graph_version: int) -> FeedHead | None:
        """Return the head if it is whole and was made under this graph version, else None."""
        self._require_service()
        return decide.whole_head(self._values.get(viewer_id), self._epoch(viewer_id), graph_version)

    async def append(self, post_id: int, followers: Sequence[int]) -> None:
        """Add a post to the feeds that exist."""
        self._require_service()
        for viewer_id in followers:
            grown = self._values.get(viewer_id, b"") + pack_id(post_id)
            if len(grown) >= SMALLEST_APPENDED:
                self._write(viewer_id, self._trimmed(grown))

    async def begin_rebuild(self, viewer_id: int) -> str:
        """Mark a feed as building and return the nonce to finish with."""
        self._require_service()
        nonce = next(self._serial).to_bytes(NONCE_BYTES, "big")
        begun = decide.plan_begin(self._values.get(viewer_id), self._epoch(viewer_id), nonce)
        if begun.replacement is not None:
            self._write(viewer_id, begun.replacement)
        return begun.nonce.hex()

    async def finish_rebuild(self, viewer_id: int, nonce: str, head: FeedHead, graph_version: int) -> bool:
        """Merge the rebuilt head with what has arrived; False if another rebuild or a loss came between."""
        self._require_service()
        rebuilt = Rebuilt(bytes.fromhex(nonce), head, graph_version)
        finished = decide.plan_finish(self._values.get(viewer_id), self._epoch(viewer_id), rebuilt, self._cap)
        if finished is None:
            return False
        self._write(viewer_id, finished)
        return True

    async def probe(self) -> None:
        """Ask every master whether it serves."""
        self._require_service()

    def fail(self) -> None:
        """Refuse every call from now on."""
        self._failing = True

    def recover(self) -> None:
        """Serve again, with what was held, under new epochs: every master has restarted."""
        self._failing = False
        self._epochs = [self._new_epoch() for _ in range(MASTERS)]

    def lose_everything(self) -> None:
        """Come back empty, as after losing every volume."""
        self._values.clear()
        self._journals.clear()
        self.recover()

    def fail_over(self, master: int, lost_writes: int) -> None:
        """Promote a replica of one master that lacks its last writes."""
        journal = self._journals[master]
        for viewer_id, overwritten in reversed(journal[len(journal) - lost_writes :] if lost_writes else []):
            if overwritten is None:
                self._values.pop(viewer_id, None)
            else:
                self._values[viewer_id] = overwritten
        journal.clear()
        self._epochs[master] = self._new_epoch()

    def evict(self, viewer_id: int) -> None:
        """Forget one feed, as a master out of memory does."""
        self._values.pop(viewer_id, None)

    def trim(self, viewer_id: int) -> None:
        """Trim a head now, as an append beyond cap and slack does."""
        trimmed = decide.plan_trim(self._values.get(viewer_id), self._cap)
        if trimmed is not None:
            self._write(viewer_id, trimmed)

    def sizes(self) -> list[int]:
        """Return the bytes held for each feed."""
        return [len(value) for value in self._values.values()]

    def _trimmed(self, value: bytes) -> bytes:
        if len(value) <= self.longest:
            return value
        return decide.plan_trim(value, self._cap) or value

    def _write(self, viewer_id: int, value: bytes) -> None:
        self._journals[viewer_id % MASTERS].append((viewer_id, self._values.get(viewer_id)))
        self._values[viewer_id] = value

    def _epoch(self, viewer_id: int) -> str:
        return self._epochs[viewer_id % MASTERS]

    def _new_epoch(self) -> str:
        return f"{next(self._serial):016x}"

    def _require_service(self) -> None:
        if self._failing:
            raise EngineUnavailable(Engine.REDIS, "told to fail")
