"""Waits until a post is in a set of feeds, with little load on the Redis masters.

Called by `bench.feed.pipeline`. The queries for all feeds are encoded once and reused. A sample of the feeds is queried
often, and all of them only after the sample contains the post.
"""

import random
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

from hiredis import pack_command

from bench.redis_cluster import HOST, PORTS, SHARE, USER, HostCluster, slot_of
from hack.steps import StepError

SAMPLE = 48
POLL_SECONDS = 0.002
MARK = b"all-asked"
MARK_REPLY = b"$%d\r\n%b\r\n" % (len(MARK), MARK)
Words = tuple[bytes, ...]


class Watch:
    """Sends one query for every feed.

    Args:
        cluster: the cluster that holds the feeds.
        questions: one command per feed, with its key second; the reply contains a marker once the post is there.
    """

    def __init__(self, cluster: HostCluster, questions: Sequence[Words]) -> None:
        self._channels = [_connected(port, cluster.password) for port in PORTS]
        sample = random.Random(len(questions)).sample(questions, min(SAMPLE, len(questions)))
        self._sample, self._all = _packed(sample), _packed(questions)
        self._sizes = len(sample), len(questions)

    def close(self) -> None:
        """End the connections."""
        for channel in self._channels:
            channel.close()

    def until(self, is_there: Callable[[bytes], int], seconds: float) -> float:
        """Return the monotonic time at which every feed was first seen to contain the post.

        Args:
            is_there: counts the feeds with the post in the replies of a master.
            seconds: timeout.

        Raises:
            StepError: some feed still lacks the post.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if (
                self._count(self._sample, is_there) == self._sizes[0]
                and self._count(self._all, is_there) == self._sizes[1]
            ):
                return time.monotonic()
            time.sleep(POLL_SECONDS)
        have = self._count(self._all, is_there)
        raise StepError("wait for a post in every feed", f"{have} of {self._sizes[1]} feeds after {seconds:.0f} s")

    def _count(self, packed: Sequence[bytes], is_there: Callable[[bytes], int]) -> int:
        for channel, question in zip(self._channels, packed, strict=True):
            channel.sendall(question)
        return sum(is_there(_answer(channel)) for channel in self._channels)


def _packed(questions: Sequence[Words]) -> list[bytes]:
    """Return the bytes for each master, ended by a query whose answer marks the end."""
    of_master: dict[int, list[bytes]] = defaultdict(list)
    for words in questions:
        of_master[slot_of(words[1]) // SHARE].append(_packed_words(words))
    return [b"".join([*of_master[place], _packed_words((b"ECHO", MARK))]) for place in range(len(PORTS))]


def _packed_words(words: Words) -> bytes:
    packed: bytes = pack_command(words)  # type: ignore[arg-type]
    return packed


def _connected(port: int, password: str) -> socket.socket:
    channel = socket.create_connection((HOST, port), timeout=10)
    channel.sendall(_packed_words((b"AUTH", USER.encode(), password.encode())))
    if channel.recv(64) != b"+OK\r\n":
        raise StepError("watch feeds", f"the master on {port} refuses the password")
    return channel


def _answer(channel: socket.socket) -> bytes:
    answer = bytearray()
    while not answer.endswith(MARK_REPLY):
        answer += channel.recv(1 << 16)
    return bytes(answer)
