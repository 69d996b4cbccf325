"""Random draws that the standard library lacks. Pure except for the given generator; used by `load`."""

import math
import random

from bench.scaling.world import Work

_NORMAL_FROM = 30.0  # from this mean on the normal distribution is accurate enough


def poisson(mean: float, chance: random.Random) -> int:
    """Return a number of events (Knuth's product of uniforms; rounded normal for larger means)."""
    if mean <= 0:
        return 0
    if mean >= _NORMAL_FROM:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    bound, product, events = math.exp(-mean), chance.random(), 0
    while product > bound:
        product *= chance.random()
        events += 1
    return events


def work_of(messages: int, work: Work, chance: random.Random) -> float:
    """Return the total cost of a number of messages, in units."""
    if work.sigma == 0:
        return messages * work.median
    location = math.log(work.median)
    return sum(min(work.most, chance.lognormvariate(location, work.sigma)) for _ in range(messages))
