"""Sizes of a run: the full size, or a small one of a few minutes. Used by every figure."""

from msgspec import Struct

ACCOUNTS_AN_EIGHTH = 10_163  # ego-Twitter's 81,306 accounts divided by eight
ACCOUNTS_AN_EIGHTIETH = 1_016


class Scale(Struct, frozen=True):
    """The size of the data and the length of each measurement."""

    name: str
    accounts: int
    trial_deliveries: int  # deliveries of the trials that choose the fastest way of a peer
    deliveries: int
    posts_an_author: int
    viewers: int  # accounts that read pages
    load_seconds: int
    pipeline_posts: int
    pipeline_followers: int
    pull_viewers: int  # each follows 200 accounts of their own
    rebuilds: int
    celebrity_followers: int
    celebrity_posts: int


FULL = Scale(
    name="full scale (an eighth of ego-Twitter)",
    accounts=ACCOUNTS_AN_EIGHTH,
    trial_deliveries=60_000,
    deliveries=600_000,
    posts_an_author=10,
    viewers=500,
    load_seconds=10,
    pipeline_posts=20,
    pipeline_followers=9_999,
    pull_viewers=50,
    rebuilds=10_000,
    celebrity_followers=1_000_000,
    celebrity_posts=5,
)
QUICK = Scale(
    name="quick (an eightieth of ego-Twitter)",
    accounts=ACCOUNTS_AN_EIGHTIETH,
    trial_deliveries=20_000,
    deliveries=100_000,
    posts_an_author=10,
    viewers=200,
    load_seconds=4,
    pipeline_posts=6,
    pipeline_followers=9_999,
    pull_viewers=5,
    rebuilds=1_000,
    celebrity_followers=100_000,
    celebrity_posts=3,
)
