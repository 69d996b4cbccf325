"""The policy that the operator sets for running pods, in the ConfigMap `<platform>-runtime`, key `policy.json`.

Written by the operator only; watched by every pod that obeys a field. A pod ignores a policy of a lower leader epoch,
and fields that it does not know; for an absent field the settings of the pod apply, so pods and operators of two
versions understand each other. What the degraded levels turn off is in photo_core.domain.degradation.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

POLICY_KEY = "policy.json"

Level = Annotated[int, Meta(ge=0, le=4)]
Positive = Annotated[int, Meta(ge=1)]


class FeedMode(StrEnum):
    """How feeds are served; also the value of the `Feed-Mode` header."""

    PUSH = "push"  # from Redis, merged with pulled authors
    PULL = "pull"  # from author timelines; Redis is not asked
    REBUILDING = "rebuilding"  # Redis is back: whole feeds are pushed, others rebuilt as they are read
    STALE = "stale"  # from Redis alone, the truth does not answer


class ReadConsistency(StrEnum):
    """How many Cassandra replicas answer the reads that may be older than the last write."""

    LOCAL_QUORUM = "LocalQuorum"  # as always
    LOCAL_ONE = "LocalOne"  # one replica: a slow one no longer holds up a page


class UploadMode(StrEnum):
    """Whether uploads are begun."""

    ACCEPT = "Accept"
    PAUSED = "Paused"  # none is begun; what was uploaded waits in Kafka and is processed


class RuntimePolicy(Struct, frozen=True):
    """The policy in force. None means that the settings of the pod apply.

    Attributes:
        feed_mode: how feeds are served.
        degraded_level: 0 is whole, 4 answers nothing.
        leader_epoch: the Lease's transition count of the leader that wrote it.
        skip_fanout_after_seconds: posts older than this are pulled instead of pushed.
        celebrity_threshold: authors with at least so many followers are pulled instead of pushed.
        posts_per_minute: of one account; further ones are refused.
        read_consistency: of the reads that may be older than the last write.
        uploads: whether uploads are begun.
        reclaim_media_after_seconds: an encoding that took longer is taken over by another worker.
    """

    feed_mode: FeedMode = FeedMode.PUSH
    degraded_level: Level = 0
    leader_epoch: int = 0
    skip_fanout_after_seconds: Positive | None = None
    celebrity_threshold: Positive | None = None
    posts_per_minute: Positive | None = None
    read_consistency: ReadConsistency | None = None
    uploads: UploadMode = UploadMode.ACCEPT
    reclaim_media_after_seconds: Positive | None = None


def decode_policy(text: str) -> RuntimePolicy | None:
    """Return the policy that a text holds, or None if it is not a valid one."""
    try:
        return msgspec.json.decode(text, type=RuntimePolicy)
    except msgspec.MsgspecError:
        return None


def newer(current: RuntimePolicy, offered: RuntimePolicy) -> RuntimePolicy:
    """Return the policy to obey: the offered one unless a former leader wrote it."""
    return current if offered.leader_epoch < current.leader_epoch else offered
