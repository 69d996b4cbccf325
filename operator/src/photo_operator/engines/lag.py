"""The offsets of a consumer group by partition. Read by `engines.kafka`, used by `scaling`."""

from msgspec import Struct


class Offsets(Struct, frozen=True):
    """The end and the committed offset of one partition at one moment."""

    number: int
    produced: int
    committed: int

    @property
    def lag(self) -> int:
        """Messages not committed; the offset of a partition that was created anew may be beyond its end."""
        return max(0, self.produced - self.committed)


class Lag(Struct, frozen=True):
    """How far a consumer group is behind on a topic at one moment, by partition."""

    each: tuple[Offsets, ...]

    @property
    def messages(self) -> int:
        """Messages not committed, in all partitions."""
        return sum(found.lag for found in self.each)

    @property
    def produced(self) -> int:
        """The sum of the end offsets."""
        return sum(found.produced for found in self.each)

    @property
    def committed(self) -> int:
        """The sum of the committed offsets."""
        return sum(found.committed for found in self.each)

    @property
    def partitions(self) -> int:
        """The number of partitions."""
        return len(self.each)


class Sample(Struct, frozen=True):
    """A lag and the monotonic time in seconds at which it was read."""

    at: float
    lag: Lag
