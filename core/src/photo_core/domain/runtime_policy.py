"""What the operator tells running pods, in the ConfigMap `<platform>-runtime`, key `policy.json`.

Written by the operator only; watched by every pod. A pod ignores a policy of a lower leader epoch.
"""

from enum import StrEnum

from msgspec import Struct

POLICY_KEY = "policy.json"


class FeedMode(StrEnum):
    """How feeds are served; also the value of the `Feed-Mode` header."""

    PUSH = "push"  # from Redis, merged with pulled authors
    PULL = "pull"  # from author timelines; Redis is not asked
    REBUILDING = "rebuilding"  # Redis is back: whole feeds are pushed, others rebuilt as they are read
    STALE = "stale"  # from Redis alone, the truth does not answer


class RuntimePolicy(Struct, frozen=True):
    """The policy in force. `leader_epoch` is the Lease's transition count of the leader that wrote it."""

    feed_mode: FeedMode = FeedMode.PUSH
    degraded_level: int = 0
    leader_epoch: int = 0


def newer(current: RuntimePolicy, offered: RuntimePolicy) -> RuntimePolicy:
    """Return the policy to obey: the offered one unless a deposed leader wrote it."""
    return current if offered.leader_epoch < current.leader_epoch else offered
