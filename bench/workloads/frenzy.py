"""Costs of push and pull on the skewed graph with three strategies. Pure.

After "Feeding Frenzy: selectively materializing users' event feeds" (SIGMOD 2010): a push costs one
write for every post of the author, a pull costs one lookup for every read of the follower, and the cheaper one is
chosen for each pair by comparing both rates. This is compared with the platform's strategy: one threshold of followers
from which an author is pulled, and no push to accounts that do not read. Rates follow Zipf's law: accounts with more
followers post more, with noise; the rates of reading are independent of that.
"""

import random
from collections.abc import Sequence

from msgspec import Struct

from bench.workloads.graph import SEED, Graph

POSTS_A_DAY = 1.0  # mean over all accounts
READS_A_DAY = 10.0
RATE_POWER = 0.6  # exponent of Zipf's law; the busiest of 10,000 has a hundred times the mean
ASLEEP_SHARE = 0.3  # share of accounts that never read: the inactive ones
NOISE_SIGMA = 0.5


class Rates(Struct, frozen=True):
    """Posts and reads per day, by account."""

    posts: tuple[float, ...]
    reads: tuple[float, ...]


class Costs(Struct, frozen=True):
    """Costs of one day, in deliveries."""

    push_all: float
    hybrid: float
    threshold: int  # threshold of the hybrid with the lowest cost
    per_pair: float


def build_rates(graph: Graph, seed: int = SEED) -> Rates:
    """Return rates for a graph; the same seed gives the same rates."""
    chance = random.Random(seed)
    accounts = graph.accounts
    by_followers = sorted(range(accounts), key=lambda number: -len(graph.followers[number]))
    posts = [0.0] * accounts
    for rank, number in enumerate(by_followers, start=1):
        posts[number] = chance.lognormvariate(0.0, NOISE_SIGMA) / rank**RATE_POWER
    reads = [1.0 / rank**RATE_POWER for rank in range(1, accounts + 1)]
    chance.shuffle(reads)
    asleep = set(chance.sample(range(accounts), int(accounts * ASLEEP_SHARE)))
    awake = [0.0 if number in asleep else rate for number, rate in enumerate(reads)]
    return Rates(_scaled(posts, POSTS_A_DAY), _scaled(awake, READS_A_DAY))


def costs_of(graph: Graph, rates: Rates, pull_price: float) -> Costs:
    """Return the costs of one day for each strategy.

    Args:
        graph: the follow graph.
        rates: rates of posts and reads of its accounts.
        pull_price: cost of reading one author's timeline, in deliveries.
    """
    push = [rates.posts[author] * len(graph.followers[author]) for author in range(graph.accounts)]
    awake = [
        rates.posts[author] * sum(rates.reads[follower] > 0 for follower in graph.followers[author])
        for author in range(graph.accounts)
    ]
    pull = [
        pull_price * sum(rates.reads[follower] for follower in graph.followers[author])
        for author in range(graph.accounts)
    ]
    hybrid, threshold = _best_hybrid(graph, awake, pull)
    return Costs(sum(push), hybrid, threshold, _per_pair(graph, rates, pull_price))


def _per_pair(graph: Graph, rates: Rates, pull_price: float) -> float:
    return sum(
        min(rates.posts[author], pull_price * rates.reads[follower])
        for author, followers in enumerate(graph.followers)
        for follower in followers
    )


def _best_hybrid(graph: Graph, push: Sequence[float], pull: Sequence[float]) -> tuple[float, int]:
    """Return the cheapest threshold: authors above it are pulled, others are pushed to active readers."""
    ordered = sorted(range(graph.accounts), key=lambda author: -len(graph.followers[author]))
    cost = sum(push)
    best, threshold = cost, len(graph.followers[ordered[0]]) + 1
    for place, author in enumerate(ordered):
        cost += pull[author] - push[author]
        followers = len(graph.followers[author])
        is_last = place + 1 == len(ordered) or len(graph.followers[ordered[place + 1]]) < followers
        if is_last and cost < best:
            best, threshold = cost, followers
    return best, threshold


def _scaled(rates: Sequence[float], mean: float) -> tuple[float, ...]:
    factor = mean * len(rates) / sum(rates)
    return tuple(rate * factor for rate in rates)
