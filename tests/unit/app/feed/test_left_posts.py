"""GET /v1/feed of who follows an author whose post the fan-out left to its readers: the next page has the post."""

import pytest

from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.fakes.runtime_policy import FakeRuntimePolicies
from photo_core.messages.events import PostCreated, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import IncomingMessage
from photo_core.settings import FeedSettings
from photo_workers.fanout.handler import Fanout
from photo_workers.fanout.pull_fallback import PullFallback
from photo_workers.fanout_planner.handler import FanoutPlanner
from photo_workers.outcomes import DONE
from tests.support.api import Api
from tests.unit.app.feed.test_modes import read, shown, warm

MINUTE = 60


@pytest.mark.parametrize(
    "policy",
    [RuntimePolicy(skip_fanout_after_seconds=MINUTE), RuntimePolicy(celebrity_threshold=1)],
    ids=["too old", "too large"],
)
async def test_a_planned_post_that_is_left_is_pulled_by_whoever_has_a_whole_head(
    api: Api, policy: RuntimePolicy
) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    await api.http.post(f"/v1/users/{bob.user_id}/follow", headers=ada.headers)
    await api.post_of(bob, "first")
    await warm(api, ada)
    ports, policies = api.fakes.ports, FakeRuntimePolicies()
    planner = FanoutPlanner(ports.follows, ports.posts, ports.publisher, ports.clock, FeedSettings())
    fanout = Fanout(ports.feeds, PullFallback(ports.follows, policies.current, ports.clock), ports.clock)
    post_id = int((await api.post_of(bob, "second"))["post_id"])
    created = PostCreated(post_id, int(bob.user_id), api.fakes.clock.now_ms())
    assert await planner.handle([message(Topic.POSTS_CREATED, encode(created))]) == [DONE]
    assert shown(await read(api, ada)) == ("push", ["first"])
    api.fakes.clock.advance(MINUTE)
    policies.obey(policy)
    for planned in api.fakes.log.messages(Topic.FEED_FANOUT):
        assert await fanout.handle([message(Topic.FEED_FANOUT, planned.value)]) == [DONE]
    assert shown(await read(api, ada)) == ("push", ["second", "first"])
    policies.obey(RuntimePolicy())
    assert shown(await read(api, ada)) == ("push", ["second", "first"])
    assert shown(await read(api, bob))[1] == ["second", "first"]


def message(topic: Topic, value: bytes) -> IncomingMessage:
    return IncomingMessage(topic, 0, 0, "0", value, 0)
