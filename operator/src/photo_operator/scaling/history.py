"""What the scaler remembers of one worker of a platform between passes. In memory, bounded by time.

Filled by `watch` with counts and by `reports` with what workers report; read by `scaler`, which hands frozen
pieces of it to `decide`. A new leader begins with none and holds the number until it has seen enough.
"""

import functools
from collections import deque
from collections.abc import Sequence

from msgspec.structs import replace

from photo_operator.engines.lag import Sample
from photo_operator.scaling.flows import FEWEST_SECONDS, REMEMBERED_SECONDS, build_flows, is_continued
from photo_operator.scaling.memory import remember
from photo_operator.scaling.model import MOVES_REMEMBERED, Decision, Flow, Memory, Observation, Record, Service, Work
from photo_operator.scaling.service import busy_part, is_enough, learn, work_between

REPORTED_SECONDS = 30.0  # workers that reported so recently are believed more than the counts
NO_WORK = Work(0.0, 0.0, 0.0)
BELIEVED_AFTER = 12  # counts in a row (half a minute) that contradict those before: the topic was recreated


class ScalingHistory:
    """Counts of the group, what is known of one worker, and what was decided."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque()
        self._reported_at: float | None = None
        self._doubted = 0
        self._unlearned = NO_WORK
        self._records: deque[Record] = deque(maxlen=MOVES_REMEMBERED)
        self.service: Service | None = None
        self.backlog_weight = 1.0  # how much more work a message that waits is than those that were done
        self.hot_key = ""  # what most messages of a partition with most of the lag are about
        self.memory = Memory()
        self.next_check = 0.0  # seconds, as decided last

    def add(self, sample: Sample, workers: int) -> None:
        """Remember a count, taken while `workers` were ready."""
        previous = self._samples[-1] if self._samples else None
        if previous is not None and not is_continued(previous, sample):
            self._doubted += 1
            if self._doubted < BELIEVED_AFTER:
                return
            self._samples.clear()
            previous = None
        self._doubted = 0
        if previous is not None and sample.at - previous.at < FEWEST_SECONDS:
            return
        self._samples.append(sample)
        while sample.at - self._samples[0].at > REMEMBERED_SECONDS:
            self._samples.popleft()
        if previous is not None and not self._is_reported(sample.at):
            work = work_between(previous.lag, sample.lag, workers, sample.at - previous.at)
            if work is not None:
                self._learn(work)

    def _is_reported(self, now: float) -> bool:
        return self._reported_at is not None and now - self._reported_at < REPORTED_SECONDS

    def report(self, works: Sequence[Work], now: float) -> None:
        """Remember what workers say that they did since they were asked before."""
        if works:
            self._reported_at = now
            self._learn(functools.reduce(Work.plus, works))

    def _learn(self, work: Work) -> None:
        """Learn from what has been done since it was learned last; how busy workers are is known at once."""
        self._unlearned = self._unlearned.plus(work)
        if is_enough(self._unlearned):
            self.service, self._unlearned = learn(self.service, self._unlearned), NO_WORK
        if self.service is not None:
            self.service = replace(self.service, busy=busy_part(work))

    def flows(self, now: float, max_age: float) -> tuple[Flow, ...] | None:
        """Return what happens in each partition; None where the last count is older than `max_age` seconds."""
        if not self._samples or now - self._samples[-1].at > max_age:
            return None
        # A count may arrive while a pass writes, after the time by which the pass decides; ages are never negative.
        return build_flows(self._samples, max(now, self._samples[-1].at))

    def record(self, record: Record) -> None:
        """Remember a move in words."""
        self._records.append(record)

    def records(self) -> tuple[Record, ...]:
        """Return the last moves that this process has made, oldest first."""
        return tuple(self._records)

    def decided(self, seen: Observation, decision: Decision, *, moved: bool) -> None:
        """Remember a decision, and whether it was carried out."""
        self.memory = remember(self.memory, seen, decision, moved=moved)
        self.next_check = decision.next_check
