"""Figure: what deciding push or pull for each pair of author and follower would save. Run by `bench.feed.run`.

It is computed from rates, not measured: `bench.workloads.frenzy`. The price of a pull against a push is not known once
and for all (an author's timeline is in a process's memory or has to be asked of Cassandra), so several are shown.
"""

from bench.feed.context import Bench
from bench.model import Line
from bench.workloads.frenzy import Costs, build_rates, costs_of

PULL_PRICES = (0.1, 1.0, 10.0)  # in deliveries: from memory, as dear as a delivery, from Cassandra


def measure(bench: Bench) -> list[Line]:
    """Compute the three ways at each price."""
    rates = build_rates(bench.graph)
    return [line for price in PULL_PRICES for line in _lines(price, costs_of(bench.graph, rates, price))]


def _lines(price: float, costs: Costs) -> list[Line]:
    """Compare the platform's own way, with the threshold that costs it the least, to both others."""
    what, unit = f"a day's work, a pull at {price:g} deliveries", "deliveries' worth"
    return [
        Line("frenzy", what, unit, costs.hybrid, costs.per_pair, "by pairs"),
        Line("frenzy", what, unit, costs.hybrid, costs.push_all, "all pushed"),
    ]
