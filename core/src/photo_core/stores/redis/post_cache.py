"""Posts ready to be served, in Redis: read in one round trip a master, filled under a lease.

Called by the API and by the workers that delete and count. Holds nothing that cannot be read from the truth again.
"""

from collections.abc import Iterator, Mapping, Sequence

from photo_core.domain.feed import cached_post as layout
from photo_core.domain.feed.cached_post import TOMBSTONE, Entry, EntryKind, StoredCounts, counts_key, post_key
from photo_core.ports.post_cache import BURIED, Buried, CachedPost, PostCounts, PostsRead
from photo_core.stores.redis import scripts
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.exchange import Answer, Command, call

DAY_MS = 86_400_000
POST_LIFE_MS = b"%d" % (7 * DAY_MS)
COUNTS_LIFE_MS = b"%d" % (8 * DAY_MS)  # longer than the post's: counts without a post are never read
TOMBSTONE_LIFE_MS = b"%d" % (30 * DAY_MS)  # longer than any reader holds what it read before the deletion
COUNTS_VERSION_AT, NO_OTHER_MAGIC = b"9", b""  # where the offset begins in stored counts, from 1


class RedisPostCache:
    """The real `PostCache`."""

    def __init__(self, client: RedisClusterClient, key_prefix: str) -> None:
        self._client = client
        self._key_prefix = key_prefix

    async def read(self, post_ids: Sequence[int]) -> PostsRead:
        """Return what is kept of these posts."""
        answers = await self._client.run_all([self._question(post_id) for post_id in post_ids])
        found: dict[int, CachedPost | Buried] = {}
        lease: dict[int, str] = {}
        for post_id, answer in zip(post_ids, answers, strict=True):
            entry = layout.decode(answer.reply[0])
            if entry is None or (entry.kind is EntryKind.POST and entry.epoch != answer.epoch):
                lease[post_id] = answer.epoch
            else:
                found[post_id] = _kept(post_id, entry, answer)
        return PostsRead(found, lease)

    async def fill(self, posts: Sequence[CachedPost], lease: Mapping[int, str]) -> None:
        """Keep posts that were missed, never over a tombstone."""
        await self._client.run_all(list(self._fills(posts, lease)))

    async def bury(self, post_id: int) -> None:
        """Put a tombstone in a post's place."""
        key = post_key(self._key_prefix, post_id)
        await self._client.run_all([Command(key, (b"SET", key, layout.encode(TOMBSTONE), b"PX", TOMBSTONE_LIFE_MS))])

    async def set_counts(self, counts: Sequence[PostCounts]) -> None:
        """Keep counts, unless newer ones are kept."""
        lives = await self._client.run_all([self._anything(each.post_id) for each in counts])
        await self._client.run_all([self._counting(each, life.epoch) for each, life in zip(counts, lives, strict=True)])

    def _question(self, post_id: int) -> Command:
        keys = post_key(self._key_prefix, post_id), counts_key(self._key_prefix, post_id)
        return Command(keys[0], (b"MGET", *keys))

    def _anything(self, post_id: int) -> Command:
        key = counts_key(self._key_prefix, post_id)
        return Command(key, (b"EXISTS", key))

    def _counting(self, counts: PostCounts, epoch: str) -> Command:
        stored = StoredCounts(counts.offset, counts.likes, counts.comments, epoch)
        key = counts_key(self._key_prefix, counts.post_id)
        arguments = layout.encode_counts(stored), COUNTS_LIFE_MS, NO_OTHER_MAGIC, COUNTS_VERSION_AT
        return call(scripts.KEEP_NEWER, key, *arguments)

    def _fills(self, posts: Sequence[CachedPost], lease: Mapping[int, str]) -> Iterator[Command]:
        for post in posts:
            epoch = lease.get(post.post_id)
            if epoch is not None:
                entry = Entry(EntryKind.POST, post.author_id, epoch, post.body)
                yield call(scripts.FILL, post_key(self._key_prefix, post.post_id), layout.encode(entry), POST_LIFE_MS)


def _kept(post_id: int, entry: Entry, answer: Answer) -> CachedPost | Buried:
    if entry.kind is EntryKind.TOMBSTONE:
        return BURIED
    counts = layout.decode_counts(answer.reply[1])
    if counts is None or counts.epoch != answer.epoch:
        return CachedPost(post_id, entry.author_id, entry.body)
    return CachedPost(post_id, entry.author_id, entry.body, counts.likes, counts.comments)
