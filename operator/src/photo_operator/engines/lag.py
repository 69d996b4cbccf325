"""The offsets of a consumer group, partition by partition. Counted by `engines.kafka`, read by `scaling`."""

from msgspec import Struct


class Offsets(Struct, frozen=True):
    """How far a partition is produced and committed at one moment."""

    number: int
    produced: int
    committed: int

    @property
    def lag(self) -> int:
        """Messages that wait; a partition that was made anew may be committed beyond its end."""
        return max(0, self.produced - self.committed)


class Lag(Struct, frozen=True):
    """A consumer group on a topic at one moment, partition by partition."""

    each: tuple[Offsets, ...]

    @property
    def messages(self) -> int:
        """Messages that wait."""
        return sum(found.lag for found in self.each)

    @property
    def produced(self) -> int:
        """Offsets of all ends together."""
        return sum(found.produced for found in self.each)

    @property
    def committed(self) -> int:
        """Committed offsets together."""
        return sum(found.committed for found in self.each)

    @property
    def partitions(self) -> int:
        """How many partitions the topic has."""
        return len(self.each)


class Sample(Struct, frozen=True):
    """A lag and the monotonic second at which it was counted."""

    at: float
    lag: Lag
