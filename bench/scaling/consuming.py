"""What pods do with messages in a stretch of time in which nothing else changes. Used by `simulation`; the hot loop.

Three running totals a partition, in units: arrived, done, committed. Work flows like a liquid; what is begun and not
committed is kept by batches, since that is what a kill throws away.
"""

from collections.abc import Sequence

from bench.scaling.load import Load, all_messages_in, message_cost
from bench.scaling.pods import Pod

NEARLY = 1e-9  # units; what floats leave of nothing


class Topic:
    """The running totals, and what kills did to them."""

    def __init__(self, load: Load, batch_messages: int) -> None:
        self._load = load
        self._batch_messages = batch_messages
        self.arrived: Sequence[float] = load.work.rows[0]
        self.done = [0.0] * len(self.arrived)
        self.committed = [0.0] * len(self.arrived)
        self.ever_done = [0.0] * len(self.arrived)
        self.redone = 0.0

    def batch(self, partition: int) -> float:
        """Return the units of the next batch, if it begins on this partition."""
        return self._batch_messages * message_cost(self._load, partition, self.done[partition])

    def waiting(self, pod: Pod) -> float:
        """Return the units that a pod could work on."""
        return sum(self.arrived[partition] - self.done[partition] for partition in pod.open)

    def lost(self) -> float:
        """Return the units that were committed and never done."""
        return sum(max(0.0, a - b) for a, b in zip(self.committed, map(max, self.done, self.ever_done), strict=True))


def consume(pod: Pod, topic: Topic, budget: float) -> float:
    """Let a pod do up to `budget` units, from its partitions in proportion to what waits there; return what it did."""
    arrived, done = topic.arrived, topic.done
    waiting = [arrived[partition] - done[partition] for partition in pod.open]
    total = sum(waiting)
    if total <= budget:
        for partition in pod.open:
            done[partition] = arrived[partition]
        commit(pod, topic)
        return total
    if pod.progress == 0.0:
        pod.batch = topic.batch(pod.open[waiting.index(max(waiting))])
    share = budget / total
    for partition, units in zip(pod.open, waiting, strict=True):
        done[partition] += units * share
    pod.progress += budget
    if pod.progress >= pod.batch:
        _commit_batches(pod, topic, waiting)
    return budget


def _commit_batches(pod: Pod, topic: Topic, waiting: Sequence[float]) -> None:
    """Commit all but the batch that is under way, which is taken to be of the partition with most to do."""
    last = pod.open[waiting.index(max(waiting))]
    before, under_way = topic.committed[last], pod.progress % pod.batch
    commit(pod, topic)
    topic.committed[last] = max(before, topic.done[last] - under_way)
    pod.progress = topic.done[last] - topic.committed[last]
    pod.batch = topic.batch(last)


def commit(pod: Pod, topic: Topic) -> None:
    """Commit all that a pod has done."""
    for partition in pod.open:
        topic.committed[partition] = topic.done[partition]
    pod.progress = 0.0


def finish(pod: Pod, topic: Topic, budget: float) -> bool:
    """Let a pod that has to end go on with its batch; return whether that is done."""
    left = pod.batch - pod.progress
    consume(pod, topic, min(budget, left))
    if pod.progress > NEARLY and budget < left - NEARLY:
        return False
    commit(pod, topic)
    return True


def revoke(pod: Pod, topic: Topic, partitions: Sequence[int]) -> None:
    """Commit what a pod did on partitions that it gives up or that stop, as a clean consumer does before it does so."""
    for partition in partitions:
        topic.committed[partition] = topic.done[partition]
    pod.progress = sum(topic.done[partition] - topic.committed[partition] for partition in pod.open)


def kill(pod: Pod, topic: Topic) -> None:
    """Throw away what a pod has begun: whoever gets its partitions does it again."""
    for partition in pod.open:
        topic.ever_done[partition] = max(topic.ever_done[partition], topic.done[partition])
        topic.redone += topic.done[partition] - topic.committed[partition]
        topic.done[partition] = topic.committed[partition]
    pod.progress = 0.0


def handled(load: Load, topic: Topic) -> float:
    """Return the messages that workers have done so far, those done again among them (of these, the units)."""
    return topic.redone + all_messages_in(load, topic.done)
