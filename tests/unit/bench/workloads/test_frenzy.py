import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.workloads.frenzy import POSTS_A_DAY, READS_A_DAY, Rates, build_rates, costs_of
from bench.workloads.graph import Graph, build_graph

GRAPH = build_graph(400)
RATE = st.floats(min_value=0, max_value=50)


def cheapest_by_trying_all(graph: Graph, rates: Rates, price: float) -> float:
    """Try every choice for every pair."""
    pairs = [(author, follower) for author, found in enumerate(graph.followers) for follower in found]
    return min(
        sum(
            rates.posts[author] if pushed else price * rates.reads[follower]
            for (author, follower), pushed in zip(pairs, choice, strict=True)
        )
        for choice in itertools.product((True, False), repeat=len(pairs))
    )


@settings(max_examples=30)
@given(posts=st.tuples(RATE, RATE, RATE), reads=st.tuples(RATE, RATE, RATE), price=st.floats(0.01, 20))
def test_by_pairs_nothing_is_cheaper(
    posts: tuple[float, float, float], reads: tuple[float, float, float], price: float
) -> None:
    graph = Graph(followees=((1, 2), (2,), (0, 1)), followers=((2,), (0, 2), (0, 1)))
    rates = Rates(posts, reads)
    assert costs_of(graph, rates, price).per_pair == pytest.approx(cheapest_by_trying_all(graph, rates, price))


@pytest.mark.parametrize("price", [0.1, 1.0, 10.0])
def test_pairs_cost_at_most_the_hybrid_and_the_hybrid_at_most_pushing_all(price: float) -> None:
    costs = costs_of(GRAPH, build_rates(GRAPH), price)
    assert costs.per_pair <= costs.hybrid <= costs.push_all


def test_rates_have_their_means() -> None:
    rates = build_rates(GRAPH)
    assert sum(rates.posts) / GRAPH.accounts == pytest.approx(POSTS_A_DAY)
    assert sum(rates.reads) / GRAPH.accounts == pytest.approx(READS_A_DAY)
