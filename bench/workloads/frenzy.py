"""What push and pull cost on the skewed graph, decided three ways; pure.

After "Feeding Frenzy: selectively materializing users' event feeds" (SIGMOD 2010): a follow is pushed at the price of a
write for every post of the author, or pulled at the price of a look for every read of the follower; the cheapest choice
is made for each pair by comparing the two rates. Here its saving is set against what the platform does: one threshold
of followers above which an author is pulled, and no push to who does not read at all. Rates are Zipf: who is followed
more posts more, with noise; who reads how often has nothing to do with either.
"""

import random
from collections.abc import Sequence

from msgspec import Struct

from bench.workloads.graph import SEED, Graph

POSTS_A_DAY = 1.0  # mean of all accounts
READS_A_DAY = 10.0
RATE_POWER = 0.6  # Zipf's; the busiest of 10,000 has a hundred times the mean
ASLEEP_SHARE = 0.3  # accounts that do not read at all: the platform's inactive ones
NOISE_SIGMA = 0.5


class Rates(Struct, frozen=True):
    """Posts and reads a day, by account."""

    posts: tuple[float, ...]
    reads: tuple[float, ...]


class Costs(Struct, frozen=True):
    """What a day costs, in deliveries' worth of work."""

    push_all: float
    hybrid: float
    threshold: int  # the hybrid's: the one that costs it the least
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
    """Return what a day costs each way.

    Args:
        graph: who follows whom.
        rates: of its accounts.
        pull_price: what looking at one author at a read costs, in deliveries.
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
    """Try every threshold: authors with at least so many followers are pulled, the others pushed to who reads."""
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
