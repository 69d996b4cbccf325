"""The ports that the API uses, as one value. `photo_app.composition.connections` opens real ones, tests pass fakes."""

from dataclasses import dataclass

from photo_core.clock import Clock
from photo_core.ids import IdMinter
from photo_core.ports.account_deletions import AccountDeletions
from photo_core.ports.accounts import Accounts, RevokedSessions, WorkerIdLeases
from photo_core.ports.comments import Comments
from photo_core.ports.counters import Counters, Touches
from photo_core.ports.events import EventPublisher, EventTail
from photo_core.ports.feed_state import FeedStates
from photo_core.ports.feeds import FeedCache, LikedCache
from photo_core.ports.follows import FollowRequests, Follows, Restrictions
from photo_core.ports.likes import Likes
from photo_core.ports.media import MediaRecords, ObjectStorage
from photo_core.ports.media_uses import MediaUses
from photo_core.ports.operations import Operations
from photo_core.ports.post_cache import PostCache
from photo_core.ports.posts import Outbox, Posts, Reservations
from photo_core.ports.runtime_policy import RuntimePolicies
from photo_core.ports.saves import Saves


@dataclass(frozen=True)
class Ports:
    """The stores, streams, clock and ids that the API uses."""

    clock: Clock
    minter: IdMinter
    worker_ids: WorkerIdLeases
    accounts: Accounts
    revoked_sessions: RevokedSessions
    account_deletions: AccountDeletions
    follows: Follows
    follow_requests: FollowRequests
    restrictions: Restrictions
    feed_states: FeedStates
    posts: Posts
    outbox: Outbox
    reservations: Reservations
    operations: Operations
    media: MediaRecords
    media_uses: MediaUses
    objects: ObjectStorage
    likes: Likes
    comments: Comments
    saves: Saves
    counters: Counters
    touches: Touches
    publisher: EventPublisher
    new_posts: EventTail
    feeds: FeedCache
    liked_cache: LikedCache
    post_cache: PostCache
    policies: RuntimePolicies
