"""The ways to change who sees whose posts, as services are called for them and as the oracle is told.

Used by the models of the feed.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from photo_app.authentication.tokens import Viewer
from photo_app.follow_requests.service import FollowRequestService
from photo_app.follows.service import FollowService
from photo_app.restrictions.service import RestrictionService
from photo_app.users.schemas import ProfilePatch
from photo_app.users.service import Profiles
from tests.support.feed_oracle import Oracle
from tests.support.feed_platform import Pod
from tests.support.feed_world import FeedWorld

Call = Callable[[Pod, int, int], Awaitable[object]]
Told = Callable[[Oracle, int, int], None]


def _privacy(*, private: bool) -> Call:
    async def call(pod: Pod, one: int, _: int) -> object:
        return await pod.services.registry[Profiles].change(one, ProfilePatch(private=private))

    return call


# what can only show less: each page asked for after the answer obeys it
TAKING: dict[str, tuple[Call, Told]] = {
    "unfollow": (lambda pod, one, other: pod.services.registry[FollowService].unfollow(one, other), Oracle.unfollow),
    "block": (lambda pod, one, other: pod.services.registry[RestrictionService].block(one, other), Oracle.block),
    "mute": (lambda pod, one, other: pod.services.registry[RestrictionService].mute(one, other), Oracle.mute),
    "unblock": (lambda pod, one, other: pod.services.registry[RestrictionService].unblock(one, other), Oracle.unblock),
    "decline": (
        lambda pod, one, other: pod.services.registry[FollowRequestService].decline(one, other),
        Oracle.decline,
    ),
    "become private": (_privacy(private=True), lambda oracle, one, _: oracle.make_private(one)),
}
# what can only show more: it may from the beginning of the request on
GRANTING: dict[str, tuple[Call, Told]] = {
    "follow": (lambda pod, one, other: pod.services.registry[FollowService].follow(one, other), Oracle.follow),
    "unmute": (lambda pod, one, other: pod.services.registry[RestrictionService].unmute(one, other), Oracle.unmute),
    "accept": (lambda pod, one, other: pod.services.registry[FollowRequestService].accept(one, other), Oracle.accept),
    "become public": (_privacy(private=False), lambda oracle, one, _: oracle.make_public(one)),
}
CHANGES = (*TAKING, *GRANTING)


def graph_change(world: FeedWorld, pod: Pod, what: str, viewers: tuple[Viewer, Viewer]) -> Coroutine[Any, Any, None]:
    """Return what changes how the first of two stands to the second."""
    one, other = (viewer.user_id for viewer in viewers)
    call, told = TAKING.get(what) or GRANTING[what]

    def apply(oracle: Oracle) -> None:
        told(oracle, one, other)

    if what in TAKING:
        return world.take(pod, call(pod, one, other), apply)
    return world.grant(call(pod, one, other), apply)
