"""Decides which viewers are away: posts are no longer delivered to them, and their feed heads do not count.

Called by everything that has to agree on it: the fan-out planner skips viewers who are away, readers and the rebuilder
ignore their heads, and the store of `last_seen` does not update them.

Why a head that counts never lacks a post that was skipped for its viewer. The planner skips viewers who have not been
seen for one day longer than makes them away. A head counts only if PostgreSQL says that its viewer is not away, so no
post has been skipped for them. The `last_seen` of a viewer who is away changes only in a rebuild: after Redis has
confirmed that the old head no longer counts, and before the timelines for the new head are read, which contain every
post skipped until then. The rebuilder of unread feeds rebuilds none for viewers who are away. Neither the TTL of a head
nor processes that end meanwhile matter. One page remains: a second read at the moment of the return, if Redis answered
it before that rebuild began and PostgreSQL afterwards.

What this requires of an operator: the day between the two limits has to cover clock skew and the rollout of a change of
`inactive_after_days`, during which processes use different settings. When the setting is raised, some heads count at
once although posts were skipped under the old one: heads that Redis still kept of viewers who were away under it.
"""

DAY_MS = 86_400_000
MARGIN_DAYS = 1


def away_before_ms(now_ms: int, inactive_after_days: int) -> int:
    """Return the time since which a viewer must have been seen for their head to count."""
    return now_ms - inactive_after_days * DAY_MS


def passed_over_before_ms(now_ms: int, inactive_after_days: int) -> int:
    """Return the time since which a viewer must have been seen to get posts delivered."""
    return away_before_ms(now_ms, inactive_after_days + MARGIN_DAYS)
