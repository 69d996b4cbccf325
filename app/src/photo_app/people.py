"""The services of people and of how they stand to each other, built from ports.

A part of the composition root `photo_app.dependencies`, which hands out one `People`.
"""

from dataclasses import dataclass

from photo_app.follow_requests.service import FollowRequestService
from photo_app.follows.heads import HeadsTakenAlong
from photo_app.follows.service import FollowService
from photo_app.ports import Ports
from photo_app.restrictions.service import RestrictionService
from photo_app.sessions.passwords import Passwords
from photo_app.sessions.revocations import Revocations
from photo_app.users.closing import AccountClosing
from photo_app.users.lists import UserLists
from photo_app.users.service import Profiles, Registration
from photo_app.users.views import UserViews
from photo_app.visibility import Visibility


@dataclass(frozen=True)
class People:
    """What the endpoints of users, follows, requests, blocks and mutes use."""

    registration: Registration
    profiles: Profiles
    closing: AccountClosing
    follows: FollowService
    requests: FollowRequestService
    restrictions: RestrictionService
    views: UserViews


def build_people(
    ports: Ports, visibility: Visibility, heads: HeadsTakenAlong, passwords: Passwords, revocations: Revocations
) -> People:
    """Return the services over these ports; connects nothing."""
    lists = UserLists(ports.accounts, visibility)
    return People(
        registration=Registration(ports.accounts, passwords, ports.minter),
        profiles=Profiles(ports, visibility),
        closing=AccountClosing(ports, passwords, revocations, heads.cache),
        follows=FollowService(ports.follows, heads, visibility, lists),
        requests=FollowRequestService(ports.follow_requests, heads, lists),
        restrictions=RestrictionService(ports.restrictions, heads),
        views=UserViews(ports.objects),
    )
