"""A FeedCache and a LikedCache in memory, with a cluster's ways to lose data."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import count

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.feed import graph_snapshot
from photo_core.domain.feed import head as decide
from photo_core.domain.feed.head import FeedHead, Rebuilt
from photo_core.domain.feed.layout import HEADER_BYTES, ID_BYTES, NONCE_BYTES, SMALLEST_APPENDED, pack_id
from photo_core.errors import Engine, EngineUnavailable
from photo_core.ports.feeds import CachedViewer, Graft

MASTERS = 3


class Kind(StrEnum):
    """What is kept of a viewer."""

    FEED = "feed"
    GRAPH = "graph"
    LIKED = "liked"


Place = tuple[Kind, int]


class FakeFeedCache:
    """Three masters that hold values by viewer id, decide as the real store does, and fail when told to."""

    def __init__(self, cap: int = 800) -> None:
        self._cap = cap
        self.longest = HEADER_BYTES + ID_BYTES * (cap + decide.slack(cap))
        self._values: dict[Place, bytes] = {}
        self._serial = count(1)
        self._epochs = [self._new_epoch() for _ in range(MASTERS)]
        # what each write overwrote, by master: the tail that a failover loses
        self._journals: dict[int, list[tuple[Place, bytes | None]]] = defaultdict(list)
        self._failing = False
        self.kept_alive: list[int] = []
        self._deleted: set[int] = set()

    async def read(self, viewer_id: int) -> CachedViewer:
        """Return all that is kept of a viewer."""
        self._require_service()
        head, graph, liked = (self._values.get((kind, viewer_id)) for kind in Kind)
        return CachedViewer(head, self._epoch(viewer_id), graph_snapshot.decode(graph, viewer_id), liked)

    async def keep_alive(self, viewer_id: int) -> None:
        """Note whose values live on."""
        self._require_service()
        self.kept_alive.append(viewer_id)

    async def append(self, post_id: int, followers: Sequence[int]) -> None:
        """Add a post to the feeds that exist."""
        self._require_service()
        for viewer_id in followers:
            self.grow((Kind.FEED, viewer_id), post_id)

    async def append_many(self, deliveries: Mapping[int, Sequence[int]]) -> None:
        """Add posts to the feeds of their followers."""
        for post_id, followers in deliveries.items():
            await self.append(post_id, followers)

    async def begin_rebuild(self, viewer_id: int) -> str:
        """Mark a feed as building and return the nonce to finish with."""
        return self.begin((Kind.FEED, viewer_id))

    async def finish_rebuild(self, viewer_id: int, nonce: str, head: FeedHead, graph_version: int) -> bool:
        """Merge the rebuilt head with what has arrived; False if another rebuild or a loss came between."""
        return self.finish((Kind.FEED, viewer_id), Rebuilt(bytes.fromhex(nonce), head, graph_version))

    async def remember_graph(self, graph: FollowGraph) -> None:
        """Keep whom a viewer follows, unless a newer version is kept or a fence stands above it."""
        self._require_service()
        place = (Kind.GRAPH, graph.viewer_id)
        if graph_snapshot.floor_of(self._values.get(place)) <= graph.version:
            self._write(place, graph_snapshot.encode(graph))

    async def fence_graph(self, viewer_id: int, version: int) -> None:
        """Drop the graph that is kept, and keep none that lacks the change about to be made; it never ends here."""
        self._require_service()
        place = (Kind.GRAPH, viewer_id)
        self._write(place, graph_snapshot.raised(self._values.get(place), version))

    async def unfence_graph(self, viewer_id: int) -> None:
        """Take back one fence."""
        self._require_service()
        place = (Kind.GRAPH, viewer_id)
        lowered = graph_snapshot.lowered(self._values.get(place))
        if lowered is not None:
            self._write(place, lowered)

    async def advance(self, graph: FollowGraph, graft: Graft) -> None:
        """Keep the graph, and take a head that is whole at the version before it along to it."""
        await self.remember_graph(graph)
        place = (Kind.FEED, graph.viewer_id)
        onward = FeedHead(graft.post_ids, graft.complete_down_to)
        advanced = decide.plan_advance(self._values.get(place), self._epoch(graph.viewer_id), onward, graph.version)
        if advanced is not None:
            self._write(place, self._trimmed(advanced))

    async def mark_deleted(self, user_id: int) -> None:
        """Mark an account as deleted."""
        self._require_service()
        self._deleted.add(user_id)

    async def unmark_deleted(self, user_id: int) -> None:
        """Forget such a mark."""
        self._require_service()
        self._deleted.discard(user_id)

    async def marked_deleted(self) -> frozenset[int]:
        """Return the accounts that are marked."""
        self._require_service()
        return frozenset(self._deleted)

    async def fingerprint(self) -> str:
        """Return a text that differs once feeds may have been lost."""
        self._require_service()
        return "".join(self._epochs)

    async def probe(self) -> None:
        """Ask every master whether it serves."""
        self._require_service()

    def grow(self, place: Place, post_id: int) -> None:
        """Add an id to a value that exists."""
        self._require_service()
        grown = self._values.get(place, b"") + pack_id(post_id)
        if len(grown) >= SMALLEST_APPENDED:
            self._write(place, self._trimmed(grown))

    def begin(self, place: Place) -> str:
        """Mark a value as building."""
        self._require_service()
        nonce = next(self._serial).to_bytes(NONCE_BYTES, "big")
        begun = decide.plan_begin(self._values.get(place), self._epoch(place[1]), nonce)
        if begun.replacement is not None:
            self._write(place, begun.replacement)
        return begun.nonce.hex()

    def finish(self, place: Place, rebuilt: Rebuilt) -> bool:
        """Finish what was begun with the nonce."""
        self._require_service()
        finished = decide.plan_finish(self._values.get(place), self._epoch(place[1]), rebuilt, self._cap)
        if finished is None:
            return False
        self._write(place, finished)
        return True

    def forget(self, place: Place) -> None:
        """Drop a value."""
        self._require_service()
        self._write(place, None)

    def fail(self) -> None:
        """Refuse every call from now on."""
        self._failing = True

    def recover(self) -> None:
        """Serve again, with what was held, under new epochs: every master has restarted."""
        self._failing = False
        self._epochs = [self._new_epoch() for _ in range(MASTERS)]

    def become_reachable(self) -> None:
        """Serve again without a loss: only the network had failed, and no master has restarted."""
        self._failing = False

    def lose_everything(self) -> None:
        """Come back empty, as after losing every volume."""
        self._values.clear()
        self._deleted.clear()
        self._journals.clear()
        self.recover()

    def fail_over(self, master: int, lost_writes: int) -> None:
        """Promote a replica of one master that lacks its last writes."""
        journal = self._journals[master]
        for place, overwritten in reversed(journal[len(journal) - lost_writes :] if lost_writes else []):
            self._put(place, overwritten)
        journal.clear()
        self._epochs[master] = self._new_epoch()

    def evict(self, viewer_id: int) -> None:
        """Forget one feed, as a master out of memory does."""
        self._values.pop((Kind.FEED, viewer_id), None)

    def trim(self, viewer_id: int) -> None:
        """Trim a head now, as an append beyond cap and slack does."""
        place = (Kind.FEED, viewer_id)
        trimmed = decide.plan_trim(self._values.get(place), self._cap)
        if trimmed is not None:
            self._write(place, trimmed)

    def sizes(self) -> list[int]:
        """Return the bytes held for each feed."""
        return [len(value) for (kind, _), value in self._values.items() if kind is Kind.FEED]

    def _trimmed(self, value: bytes) -> bytes:
        if len(value) <= self.longest:
            return value
        return decide.plan_trim(value, self._cap) or value

    def _write(self, place: Place, value: bytes | None) -> None:
        self._journals[place[1] % MASTERS].append((place, self._values.get(place)))
        self._put(place, value)

    def _put(self, place: Place, value: bytes | None) -> None:
        if value is None:
            self._values.pop(place, None)
        else:
            self._values[place] = value

    def _epoch(self, viewer_id: int) -> str:
        return self._epochs[viewer_id % MASTERS]

    def _new_epoch(self) -> str:
        return f"{next(self._serial):016x}"

    def _require_service(self) -> None:
        if self._failing:
            raise EngineUnavailable(Engine.REDIS, "told to fail")


class FakeLikedCache:
    """Likes on the masters of a `FakeFeedCache`, which fail and lose with it."""

    def __init__(self, masters: FakeFeedCache) -> None:
        self._masters = masters

    async def add(self, viewer_id: int, post_id: int) -> None:
        """Add a post to the likes that are kept."""
        self._masters.grow((Kind.LIKED, viewer_id), post_id)

    async def forget(self, viewer_id: int) -> None:
        """Drop what is kept, and any rebuild under way."""
        self._masters.forget((Kind.LIKED, viewer_id))

    async def begin_rebuild(self, viewer_id: int) -> str:
        """Mark the likes as building and return the nonce to finish with."""
        return self._masters.begin((Kind.LIKED, viewer_id))

    async def finish_rebuild(self, viewer_id: int, nonce: str, head: FeedHead, version: int) -> bool:
        """Merge the likes read from the truth with what has arrived; False if something came between."""
        return self._masters.finish((Kind.LIKED, viewer_id), Rebuilt(bytes.fromhex(nonce), head, version))
