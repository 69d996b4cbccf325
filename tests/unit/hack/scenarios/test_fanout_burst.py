import json

from hypothesis import given
from hypothesis import strategies as st

from hack.scenarios.fanout_burst import covered_seconds, pauses


def log(*entries: tuple[int, str, list[str]]) -> str:
    lines = [
        json.dumps({"event": f"partitions {what}", "partitions": names, "timestamp": f"2026-01-01T00:00:{at:02}Z"})
        for at, what, names in entries
    ]
    return "\n".join([*lines, "no json", ""])


def lengths(*logs: str, since: str = "2026-01-01") -> list[float]:
    return [end - begin for begin, end in pauses(list(logs), since)]


def test_a_partition_is_paused_from_its_old_members_word_to_its_new_members() -> None:
    old = log((1, "assigned", ["a-0", "a-1"]), (10, "revoked", ["a-1"]))
    new = log((12, "assigned", ["a-1"]))
    assert lengths(new, old) == [2.0]


def test_what_was_assigned_for_the_first_time_was_not_paused() -> None:
    assert lengths(log((1, "assigned", ["a-0"]))) == []


def test_what_was_before_does_not_count() -> None:
    text = log((1, "revoked", ["a-0"]), (20, "assigned", ["a-0"]))
    assert lengths(text, since="2026-01-01T00:00:10Z") == []


def test_pauses_at_the_same_time_are_covered_once() -> None:
    assert covered_seconds([(0, 2), (1, 3), (10, 11)]) == 4


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 10)).map(lambda found: (found[0], found[0] + found[1]))))
def test_what_is_covered_is_counted_second_by_second(intervals: list[tuple[float, float]]) -> None:
    seconds = {second for begin, end in intervals for second in range(int(begin), int(end))}
    assert covered_seconds(intervals) == len(seconds)
