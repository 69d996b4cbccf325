"""Peer: a page in pull mode in the simplest way: one query for each followed account, then the newest posts by id.

Run by `bench.feed.pulls` as `python -m bench.peers.pull <pages>`; Cassandra comes from the environment of a pod. The
driver runs the queries of a page concurrently, as its documentation recommends. Pages are started at a fixed rate, even
if earlier ones have not ended; the time of a page counts from its scheduled start.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from heapq import nlargest
from pathlib import Path
from typing import Any

import msgspec
from cassandra.concurrent import execute_concurrent_with_args
from msgspec import Struct

from photo_core.engines.cassandra import cassandra_settings
from photo_core.settings import process_source
from photo_core.stores.cassandra.session import build_cluster

PAGE = 20
CONCURRENCY = 100
THREADS = 32
TIMELINE = "SELECT post_id FROM author_timeline WHERE author_id = ? LIMIT 20"
POSTS = "SELECT * FROM posts WHERE post_id IN ?"


class Pages(Struct, frozen=True):
    """What to read: the followees of each page, and the pages per second."""

    followees: tuple[tuple[int, ...], ...]
    pages_per_second: float


class Reader:
    """Reads pages with one driver session."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._timeline = session.prepare(TIMELINE)
        self._posts = session.prepare(POSTS)

    def page(self, followees: tuple[int, ...]) -> bytes:
        """Return a page as JSON."""
        answers = execute_concurrent_with_args(
            self._session, self._timeline, [(followee,) for followee in followees], concurrency=CONCURRENCY
        )
        post_ids = nlargest(PAGE, (row.post_id for answer in answers for row in answer.result_or_exc))
        rows = {row.post_id: row for row in self._session.execute(self._posts, (post_ids,))}
        return json.dumps([_shown(rows[post_id]) for post_id in post_ids if post_id in rows]).encode()

    def timed(self, followees: tuple[int, ...], due: float) -> float:
        """Read a page at its scheduled time and return the seconds since then."""
        time.sleep(max(0.0, due - time.monotonic()))
        self.page(followees)
        return time.monotonic() - due


def _shown(row: Any) -> dict[str, Any]:
    return {"post_id": str(row.post_id), "caption": row.caption, "media": json.loads(row.media)}


def main() -> None:
    """Read the pages and print the time of each."""
    wanted = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Pages)
    settings = cassandra_settings(process_source())
    cluster = build_cluster(settings)
    reader = Reader(cluster.connect(settings.keyspace))
    reader.page(wanted.followees[0])
    began = time.monotonic() + 0.5
    with ThreadPoolExecutor(THREADS) as threads:
        reading = [
            threads.submit(reader.timed, followees, began + place / wanted.pages_per_second)
            for place, followees in enumerate(wanted.followees)
        ]
        seconds = [one.result() for one in reading]
    cluster.shutdown()
    sys.stdout.write(json.dumps(seconds))


if __name__ == "__main__":
    main()
