"""A follow graph with the skew of ego-Twitter (81,306 accounts, 1,768,149 follows), scaled down. Pure.

Used by all figures that need followers. The number of an account is its rank of popularity: 0 has the most followers.
Out-degrees are log-normal with ego-Twitter's mean, and popularity falls with a power of the rank, so that at full size
the most popular account has about 3,000 followers (3,383 in ego-Twitter). It contains no real accounts.
"""

import random
from itertools import accumulate

from msgspec import Struct

EGO_TWITTER_ACCOUNTS = 81_306
EGO_TWITTER_FOLLOWS = 1_768_149
MEAN_DEGREE = EGO_TWITTER_FOLLOWS / EGO_TWITTER_ACCOUNTS
SEED = 20_100_606
LARGEST_OUT_SHARE = 0.015  # ego-Twitter's busiest reader follows 1,205 of 81,306
OUT_SIGMA = 1.1  # sigma of the log-normal out-degrees
POPULARITY_POWER = 0.8
POPULARITY_PLATEAU = 0.0003  # share of the accounts whose popularity is equally high
ATTEMPTS_A_FOLLOW = 20
ROUNDS_TO_MEAN = 8  # each round compensates for the capped degrees


class Graph(Struct, frozen=True):
    """Who follows whom, by number: `followees[a]` and `followers[a]` are sorted and agree."""

    followees: tuple[tuple[int, ...], ...]
    followers: tuple[tuple[int, ...], ...]

    @property
    def accounts(self) -> int:
        """Number of accounts."""
        return len(self.followees)

    @property
    def follows(self) -> int:
        """Number of follows."""
        return sum(map(len, self.followees))


def build_graph(accounts: int, seed: int = SEED) -> Graph:
    """Return a graph with this number of accounts; the same seed gives the same graph."""
    chance = random.Random(seed)
    weights = list(
        accumulate((rank + accounts * POPULARITY_PLATEAU) ** -POPULARITY_POWER for rank in range(1, accounts + 1))
    )
    followees = [
        _choose(chance, weights, account, degree) for account, degree in enumerate(_out_degrees(chance, accounts))
    ]
    followers: list[list[int]] = [[] for _ in range(accounts)]
    for account, chosen in enumerate(followees):
        for followee in chosen:
            followers[followee].append(account)
    return Graph(tuple(followees), tuple(map(tuple, followers)))


def _out_degrees(chance: random.Random, accounts: int) -> list[int]:
    """Return log-normal degrees with ego-Twitter's mean; the largest are capped, as Twitter's were."""
    largest = max(int(accounts * LARGEST_OUT_SHARE), int(3 * MEAN_DEGREE))
    drawn = [chance.lognormvariate(0.0, OUT_SIGMA) for _ in range(accounts)]
    degrees, scale = [round(MEAN_DEGREE)] * accounts, 1.0
    for _ in range(ROUNDS_TO_MEAN):
        scale *= MEAN_DEGREE * accounts / sum(degrees)
        degrees = [min(largest, max(1, round(degree * scale))) for degree in drawn]
    return degrees


def _choose(chance: random.Random, weights: list[float], account: int, degree: int) -> tuple[int, ...]:
    chosen: set[int] = set()
    for _ in range(ATTEMPTS_A_FOLLOW):
        missing = degree - len(chosen)
        if missing <= 0:
            break
        chosen.update(chance.choices(range(len(weights)), cum_weights=weights, k=missing))
        chosen.discard(account)
    return tuple(sorted(chosen))
