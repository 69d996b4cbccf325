from pathlib import Path

from bench.workloads.deliveries import RANGE_FOLLOWERS, account_id, build_deliveries, chunks, load, save
from bench.workloads.graph import build_graph

GRAPH = build_graph(2_500)


def test_there_are_as_many_deliveries_as_asked_for_and_hardly_more() -> None:
    count = sum(len(delivery.followers) for delivery in build_deliveries(GRAPH, 5_000, 0))
    assert 5_000 <= count < 5_000 + max(map(len, GRAPH.followers))


def test_no_range_has_more_than_a_thousand_followers() -> None:
    deliveries = build_deliveries(GRAPH, 20_000, 0)
    assert max(len(delivery.followers) for delivery in deliveries) <= RANGE_FOLLOWERS


def test_nobody_gets_a_post_twice() -> None:
    got = [(one.post_id, follower) for one in build_deliveries(GRAPH, 5_000, 0) for follower in one.followers]
    assert len(got) == len(set(got))


def test_followers_are_moved_by_the_first_account() -> None:
    (delivery, *_) = build_deliveries(GRAPH, 1, 0, first_account=10_000)
    assert min(map(int, delivery.followers)) >= account_id(10_000)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    deliveries = build_deliveries(GRAPH, 100, 0)
    save(deliveries, tmp_path / "deliveries.json")
    assert load(tmp_path / "deliveries.json") == deliveries


def test_chunks_keep_order_and_lose_nothing() -> None:
    assert [list(chunk) for chunk in chunks([1, 2, 3, 4, 5], 2)] == [[1, 2], [3, 4], [5]]
