from bench.scaling.score import Score, add_up, weigh, with_fewest


def test_scores_are_added_field_by_field() -> None:
    added = add_up([Score(late_seconds=1.5, killed=1), Score(late_seconds=2.0, killed=2)])
    assert (added.late_seconds, added.killed) == (3.5, 3)


def test_overshoot_is_what_the_peak_had_beyond_the_fewest_and_never_negative() -> None:
    assert with_fewest(Score(peak=9), 4).overshoot == 5
    assert with_fewest(Score(peak=3), 4).overshoot == 0


def test_a_late_second_weighs_as_much_as_all_workers() -> None:
    assert weigh(Score(late_seconds=10, worker_seconds=100), 32) == 420
