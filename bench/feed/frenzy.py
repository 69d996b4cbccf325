"""Figure: the saving if push or pull were decided for each pair of author and follower. Run by `bench.feed.run`.

It is computed from rates, not measured (`bench.workloads.frenzy`). The cost of a pull relative to a push depends on
whether the author's timeline is in memory or has to be read from Cassandra, so several costs are shown.
"""

from bench.feed.context import Bench
from bench.model import Line
from bench.workloads.frenzy import Costs, build_rates, costs_of

PULL_PRICES = (0.1, 1.0, 10.0)  # cost of a pull in deliveries: from memory, equal to a delivery, from Cassandra


def measure(bench: Bench) -> list[Line]:
    """Compute the three strategies at each cost of a pull."""
    rates = build_rates(bench.graph)
    return [line for price in PULL_PRICES for line in _lines(price, costs_of(bench.graph, rates, price))]


def _lines(price: float, costs: Costs) -> list[Line]:
    """Compare the platform's strategy, with its cheapest threshold, to both others."""
    what, unit = f"a day's work, a pull at {price:g} deliveries", "deliveries' worth"
    return [
        Line("frenzy", what, unit, costs.hybrid, costs.per_pair, "by pairs"),
        Line("frenzy", what, unit, costs.hybrid, costs.push_all, "all pushed"),
    ]
