from bench.model import Better, Line, Target, is_met, target_text, times_better


def line(ours: float, peer: float | None, better: Better = Better.LESS, target: Target | None = None) -> Line:
    return Line("figure", "what", "ms", ours, peer, "peer", better, target or Target())


def test_times_better_counts_in_the_direction_that_is_better() -> None:
    assert times_better(line(2.0, 10.0)) == 5.0
    assert times_better(line(10.0, 2.0, Better.MORE)) == 5.0


def test_a_line_without_a_peer_has_no_ratio() -> None:
    assert times_better(line(2.0, None)) is None


def test_every_bound_of_a_target_has_to_hold() -> None:
    both = Target(times=5, at_most=150)
    assert is_met(line(100, 500, target=both)) is True
    assert is_met(line(200, 1000, target=both)) is False
    assert is_met(line(100, 400, target=both)) is False


def test_a_ratio_that_cannot_be_told_is_not_met() -> None:
    assert is_met(line(1.0, None, target=Target(times=2))) is False


def test_a_line_that_is_only_published_is_neither_met_nor_missed() -> None:
    assert is_met(line(1.0, 2.0)) is None
    assert target_text(line(1.0, 2.0)) == "published"


def test_the_target_is_told_with_its_unit() -> None:
    assert target_text(line(1.0, 2.0, target=Target(times=5, at_most=150))) == "5x and at most 150 ms"
