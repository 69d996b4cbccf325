import pytest

from bench.workloads.graph import MEAN_DEGREE, build_graph

ACCOUNTS = 3_000


def test_the_same_seed_gives_the_same_graph_and_another_does_not() -> None:
    assert build_graph(300) == build_graph(300)
    assert build_graph(300) != build_graph(300, seed=1)


def test_followers_are_the_followees_turned_round() -> None:
    graph = build_graph(300)
    follows = {(account, followee) for account, followees in enumerate(graph.followees) for followee in followees}
    assert follows == {(follower, account) for account, found in enumerate(graph.followers) for follower in found}
    assert graph.follows == len(follows)


def test_nobody_follows_themselves_or_anybody_twice() -> None:
    for account, followees in enumerate(build_graph(300).followees):
        assert account not in followees
        assert len(set(followees)) == len(followees)


def test_the_mean_degree_is_that_of_ego_twitter() -> None:
    graph = build_graph(ACCOUNTS)
    assert graph.follows / graph.accounts == pytest.approx(MEAN_DEGREE, rel=0.1)


def test_a_few_accounts_have_a_large_share_of_the_followers() -> None:
    degrees = sorted(map(len, build_graph(ACCOUNTS).followers), reverse=True)
    assert sum(degrees[: ACCOUNTS // 100]) > 0.15 * sum(degrees)
    assert degrees[ACCOUNTS // 2] < MEAN_DEGREE
