from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from photo_operator.crds.base import SecretRef
from photo_operator.crds.engines import Kafka
from photo_operator.engines.kafka import KafkaProbe, count_lag, key_of_most
from photo_operator.engines.lag import Lag, Offsets
from photo_operator.engines.model import Credentials


class Read:
    """A message as the client hands it out."""

    def __init__(self, key: bytes | None, error: str | None = None) -> None:
        self._key, self._error = key, error

    def key(self) -> bytes | None:
        return self._key

    def error(self) -> str | None:
        return self._error


def read(*keys: bytes | None) -> list[Any]:
    """Return messages with these keys; one without a key could not be read."""
    return [Read(key, None if key else "broken") for key in keys]


def test_the_key_of_most_messages_is_found_and_none_where_none_has_most() -> None:
    assert key_of_most(read(b"a", b"b", b"a")) == "a"
    assert key_of_most(read(b"a", b"b")) == ""
    assert key_of_most(read(b"a", None, None)) == "a"
    assert key_of_most([]) == ""


def test_a_partition_never_committed_lags_from_its_start() -> None:
    assert count_lag({0: 100, 1: 50}, {1: 20}, {0: 90, 1: -1001}) == Lag((Offsets(0, 100, 90), Offsets(1, 50, 20)))


def test_nothing_lags_where_all_is_committed() -> None:
    assert count_lag({0: 7}, {}, {0: 7}).messages == 0


@given(st.dictionaries(st.integers(0, 20), st.tuples(st.integers(0, 1000), st.integers(-1001, 1000)), min_size=1))
def test_lag_is_what_is_produced_and_not_committed(found: dict[int, tuple[int, int]]) -> None:
    ends = {index: max(end, committed) for index, (end, committed) in found.items()}
    lag = count_lag(ends, {}, {index: committed for index, (_, committed) in found.items()})
    assert lag.messages == lag.produced - lag.committed


async def test_a_closed_probe_counts_nothing() -> None:
    spec = Kafka("127.0.0.1:1", SecretRef("photo-kafka"))
    probe = KafkaProbe(spec, Credentials({"username": "u", "password": "p"}))
    await probe.close()
    assert await probe.lag("topic", "group") is None
