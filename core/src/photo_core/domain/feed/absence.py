"""Who is away: whom posts are not brought to any more, and whose head is not believed for that.

Called by all who have to agree on it: the fan-out planner passes over who is away, readers and the rebuilder believe
no head of theirs, and whoever stores that somebody was seen leaves those who are away alone.

Why no head that is believed lacks a post that passed its viewer over. The planner passes over who was not seen for a
day more than makes a viewer away. A head is believed only of a viewer who is not away by the time that the truth holds,
so nothing passed them over since. For one who is away that time moves on in a rebuild alone, after Redis has
confirmed that the head of before is none any more, and before the timelines are read that make the next one: what
passed them over by then is in these. The rebuilder of feeds that nobody reads makes none for who is away. How long
Redis keeps a head plays no part, and neither do processes that end in between. Left is one page: of a viewer's second
read at the moment of the return, if Redis answered it before that rebuild began and PostgreSQL after.

What this asks of an operator: the day between the two has to cover the skew of clocks and the rollout of a change
of `inactive_after_days`, during which processes go by different settings. Raised, the setting believes at once heads
of some who were passed over by the old one; each is a head that Redis still kept, of a viewer who was away by that.
"""

DAY_MS = 86_400_000
MARGIN_DAYS = 1


def away_before_ms(now_ms: int, inactive_after_days: int) -> int:
    """Return the time since which a viewer has to have been seen for a head to be believed."""
    return now_ms - inactive_after_days * DAY_MS


def passed_over_before_ms(now_ms: int, inactive_after_days: int) -> int:
    """Return the time since which a viewer has to have been seen for a post to be brought to them."""
    return away_before_ms(now_ms, inactive_after_days + MARGIN_DAYS)
