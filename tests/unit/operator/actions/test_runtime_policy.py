from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.runtime_policy import RuntimePolicy, newer
from photo_operator.actions.runtime_policy import next_epoch

EPOCHS = st.integers(0, 2**31)


@given(own=EPOCHS, stored=EPOCHS)
def test_what_is_written_is_obeyed_by_pods_whatever_the_lease_counts(own: int, stored: int) -> None:
    before = RuntimePolicy(leader_epoch=stored)
    after = RuntimePolicy(degraded_level=1, leader_epoch=next_epoch(own, before))
    assert newer(before, after) is after


def test_a_leader_writes_its_own_epoch_where_that_is_the_highest() -> None:
    assert next_epoch(3, None) == 3
    assert next_epoch(3, RuntimePolicy(leader_epoch=2)) == 3


def test_a_deposed_leader_of_a_deleted_lease_is_outdone() -> None:
    assert next_epoch(1, RuntimePolicy(leader_epoch=7)) == 8
