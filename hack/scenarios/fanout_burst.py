"""Bursts of fan-out messages, put into Kafka itself and larger than one worker carries; what the scaler makes of them.

Used by tests/e2e. The messages deliver posts that are nobody's into feeds that are nobody's, so that no author and no
API is needed, and every single delivery can be looked for afterwards.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hack.scenarios.cluster import PHOTOS, Cluster, Json, wait_for

SCRIPT = Path(__file__).with_name("fanout_messages.py")
VIEWERS = 40
WIDTH = 400  # viewers without a feed that each message is for, too
WARMING_UP = 150  # messages, of which the scaler learns what one worker does
COUNTED_SECONDS = 5  # by then the status tells a new lag
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Seen:
    """The fan-out workers at one moment, in seconds after the messages were in Kafka."""

    at: float
    fanout: Json

    @property
    def lag(self) -> int:
        """Messages that wait."""
        return int(self.fanout.get("lag", 0))


@dataclass
class Burst:
    """What was published and what came of it; times are seconds after the messages were in Kafka."""

    messages: int
    expected: Json
    began: float
    began_at: str  # RFC 3339 UTC, by the cluster's clock
    seen: list[Seen] = field(default_factory=list)

    def moves(self) -> list[Json]:
        """Return the scaler's moves since then."""
        decisions: list[Json] = self.seen[-1].fanout.get("decisions", [])
        return [found for found in decisions if found["time"] >= self.began_at]

    def first(self, holds: Callable[[Seen], bool]) -> float:
        """Return when something was seen first; infinite where it never was."""
        return next((seen.at for seen in self.seen if holds(seen)), float("inf"))


class FanoutBursts:
    """Publishes bursts and watches what becomes of them."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._pod = cluster.component("feed-rebuild")[0].name
        self._viewers = [str(viewer) for viewer in self._run("heads", str(VIEWERS))]

    def warm_up(self) -> float:
        """Let the scaler learn what one worker does; return about that, in messages a second."""
        burst = self.publish(WARMING_UP)
        self.watch(burst, lambda seen: seen.lag == 0 and seen.at > COUNTED_SECONDS, 120)
        return WARMING_UP / burst.seen[-1].at

    def publish(self, messages: int) -> Burst:
        """Put so many messages into Kafka."""
        began_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        expected = self._run("burst", str(messages), str(WIDTH), *self._viewers)
        return Burst(messages, expected, time.monotonic(), began_at)

    def watch(self, burst: Burst, until: Callable[[Seen], bool], deadline: float) -> None:
        """Look at the workers until something is so."""

        def look() -> bool:
            seen = Seen(time.monotonic() - burst.began, self._cluster.fanout_status())
            burst.seen.append(seen)
            return until(seen)

        wait_for(f"{burst.messages} messages", look, deadline, LOOK_SECONDS)

    def missing(self, burst: Burst) -> int:
        """Count the deliveries of a burst that are in no feed."""
        return int(self._run("missing", json.dumps(burst.expected)))

    def _run(self, *words: str) -> Any:
        printed = self._cluster.run(PHOTOS, self._pod, ["python3", "-c", SCRIPT.read_text(), *words])
        try:
            return json.loads(printed.strip().splitlines()[-1])
        except (ValueError, IndexError):
            raise AssertionError(f"fanout_messages {words[0]}: {printed}") from None


def pauses(logs: list[str], since: str) -> list[tuple[float, float]]:
    """Return when each partition that changed hands had no reader: from and to, in seconds.

    Args:
        logs: what workers logged, as JSON lines, of all members that there were.
        since: RFC 3339 UTC; what was before does not count.
    """
    entries = (entry for log in logs for entry in _entries(log) if entry["timestamp"] >= since)
    told = sorted(entries, key=lambda entry: str(entry["timestamp"]))
    given_up: dict[str, float] = {}
    found = []
    for entry in told:
        at = datetime.fromisoformat(entry["timestamp"]).timestamp()
        for partition in entry["partitions"]:
            if entry["event"] == "partitions revoked":
                given_up[partition] = at
            elif partition in given_up:
                found.append((given_up.pop(partition), at))
    return found


def covered_seconds(intervals: list[tuple[float, float]]) -> float:
    """Return for how long at least one of the intervals lasted."""
    covered, until = 0.0, float("-inf")
    for begin, end in sorted(intervals):
        covered += max(0.0, end - max(begin, until))
        until = max(until, end)
    return covered


def _entries(log: str) -> list[Json]:
    found = []
    for line in log.splitlines():
        if line.startswith("{") and '"partitions ' in line:
            entry: Json = json.loads(line)
            found.append(entry)
    return found
