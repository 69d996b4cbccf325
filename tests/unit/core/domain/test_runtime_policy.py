"""Pods and operators of two versions understand each other's policies."""

from enum import StrEnum

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from photo_core.domain.runtime_policy import (
    FeedMode,
    ReadConsistency,
    RuntimePolicy,
    UploadMode,
    newer,
)


class ModeBefore(StrEnum):
    """The modes that pods of the version before know."""

    PUSH = "push"
    PULL = "pull"
    REBUILDING = "rebuilding"
    STALE = "stale"


class PolicyBefore(Struct, frozen=True):
    """The policy as pods of the version before read it."""

    feed_mode: ModeBefore = ModeBefore.PUSH
    degraded_level: int = 0
    leader_epoch: int = 0


POLICIES = st.builds(
    RuntimePolicy,
    feed_mode=st.sampled_from(FeedMode),
    degraded_level=st.integers(0, 4),
    leader_epoch=st.integers(0, 2**40),
    skip_fanout_after_seconds=st.none() | st.integers(1, 10**6),
    celebrity_threshold=st.none() | st.integers(1, 10**9),
    posts_per_minute=st.none() | st.integers(1, 10**6),
    read_consistency=st.none() | st.sampled_from(ReadConsistency),
    uploads=st.sampled_from(UploadMode),
    reclaim_media_after_seconds=st.none() | st.integers(1, 10**6),
)


def read(text: bytes) -> RuntimePolicy:
    return msgspec.json.decode(text, type=RuntimePolicy)


@given(policy=POLICIES)
def test_what_is_written_is_what_is_read(policy: RuntimePolicy) -> None:
    assert read(msgspec.json.encode(policy)) == policy


@given(policy=POLICIES)
def test_pods_of_the_version_before_read_what_they_know(policy: RuntimePolicy) -> None:
    before = msgspec.json.decode(msgspec.json.encode(policy), type=PolicyBefore)
    assert (before.feed_mode.value, before.degraded_level) == (policy.feed_mode.value, policy.degraded_level)
    assert before.leader_epoch == policy.leader_epoch


def test_a_policy_of_the_version_before_leaves_the_rest_to_the_settings() -> None:
    written = msgspec.json.encode(PolicyBefore(ModeBefore.PULL, 1, 7))
    assert read(written) == RuntimePolicy(FeedMode.PULL, 1, 7)
    assert read(b"{}") == RuntimePolicy()


def test_fields_of_a_later_version_are_ignored() -> None:
    assert read(b'{"feed_mode": "pull", "comments": "Paused"}') == RuntimePolicy(FeedMode.PULL)


@pytest.mark.parametrize("text", [b'{"degraded_level": 5}', b'{"degraded_level": -1}', b'{"posts_per_minute": 0}'])
def test_a_policy_that_says_the_impossible_is_none(text: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(text)


@given(current=POLICIES, offered=POLICIES)
def test_the_policy_of_a_deposed_leader_is_never_obeyed(current: RuntimePolicy, offered: RuntimePolicy) -> None:
    obeyed = newer(current, offered)
    assert obeyed in {current, offered}
    assert obeyed.leader_epoch == max(current.leader_epoch, offered.leader_epoch)
