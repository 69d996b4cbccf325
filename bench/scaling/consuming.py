"""Consumption of messages by pods during a step in which nothing else changes. The hot loop of `simulation`.

Each partition has three running totals in units of work: arrived, done, committed. Work is continuous; work that is
begun and not committed is kept in batches, because a kill discards it.
"""

from collections.abc import Sequence

from bench.scaling.load import Load, all_messages_in, message_cost
from bench.scaling.pods import Pod

NEARLY = 1e-9  # units; tolerance for rounding errors


class Topic:
    """The running totals of a topic, and the effect of kills on them."""

    def __init__(self, load: Load, batch_messages: int) -> None:
        self._load = load
        self._batch_messages = batch_messages
        self.arrived: Sequence[float] = load.work.rows[0]
        self.done = [0.0] * len(self.arrived)
        self.committed = [0.0] * len(self.arrived)
        self.ever_done = [0.0] * len(self.arrived)
        self.redone = 0.0

    def batch(self, partition: int) -> float:
        """Return the units of the next batch if it starts on this partition."""
        return self._batch_messages * message_cost(self._load, partition, self.done[partition])

    def waiting(self, pod: Pod) -> float:
        """Return the units that a pod could work on."""
        return sum(self.arrived[partition] - self.done[partition] for partition in pod.open)

    def lost(self) -> float:
        """Return the units that were committed but never done."""
        return sum(max(0.0, a - b) for a, b in zip(self.committed, map(max, self.done, self.ever_done), strict=True))


def consume(pod: Pod, topic: Topic, budget: float) -> float:
    """Process up to `budget` units, in proportion to the backlog of the pod's partitions; return the units done."""
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
    """Commit everything except the current batch, which is assumed to be of the partition with the largest backlog."""
    last = pod.open[waiting.index(max(waiting))]
    before, under_way = topic.committed[last], pod.progress % pod.batch
    commit(pod, topic)
    topic.committed[last] = max(before, topic.done[last] - under_way)
    pod.progress = topic.done[last] - topic.committed[last]
    pod.batch = topic.batch(last)


def commit(pod: Pod, topic: Topic) -> None:
    """Commit everything that a pod has done."""
    for partition in pod.open:
        topic.committed[partition] = topic.done[partition]
    pod.progress = 0.0


def finish(pod: Pod, topic: Topic, budget: float) -> bool:
    """Continue the batch of a terminating pod; return whether it is finished."""
    left = pod.batch - pod.progress
    consume(pod, topic, min(budget, left))
    if pod.progress > NEARLY and budget < left - NEARLY:
        return False
    commit(pod, topic)
    return True


def revoke(pod: Pod, topic: Topic, partitions: Sequence[int]) -> None:
    """Commit the work on partitions that a pod gives up or that pause, as a consumer does when they are revoked."""
    for partition in partitions:
        topic.committed[partition] = topic.done[partition]
    pod.progress = sum(topic.done[partition] - topic.committed[partition] for partition in pod.open)


def kill(pod: Pod, topic: Topic) -> None:
    """Discard uncommitted work of a pod; the next owner of its partitions repeats it."""
    for partition in pod.open:
        topic.ever_done[partition] = max(topic.ever_done[partition], topic.done[partition])
        topic.redone += topic.done[partition] - topic.committed[partition]
        topic.done[partition] = topic.committed[partition]
    pod.progress = 0.0


def handled(load: Load, topic: Topic) -> float:
    """Return the messages that workers have done so far, including repeated ones (those in units)."""
    return topic.redone + all_messages_in(load, topic.done)
