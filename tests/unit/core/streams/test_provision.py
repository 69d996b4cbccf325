from photo_core.messages.topics import SUBSCRIPTIONS, TOPICS, Group, Topic, dead_letter_topic, retry_topic
from photo_core.streams.provision import build_plan, build_wanted


def partitions(prefix: str = "", divisor: int = 1) -> dict[str, int]:
    return {topic.name: topic.partitions for topic in build_wanted(prefix, divisor)}


def test_every_topic_is_wanted_with_its_partitions() -> None:
    assert {spec.topic: partitions()[spec.topic] for spec in TOPICS} == {s.topic: s.partitions for s in TOPICS}


def test_every_subscription_has_a_retry_topic_of_a_quarter_and_one_dead_letter_partition() -> None:
    assert partitions()[retry_topic(Topic.FEED_FANOUT, Group.FANOUT_WORKERS)] == 32
    assert {partitions()[dead_letter_topic(*pair)] for pair in SUBSCRIPTIONS} == {1}


def test_a_divisor_leaves_at_least_one_partition() -> None:
    assert partitions(divisor=4)[Topic.FEED_FANOUT] == 32
    assert min(partitions(divisor=1_000).values()) == 1


def test_every_name_carries_the_prefix() -> None:
    assert all(name.startswith("blue.") for name in partitions("blue."))


def test_a_plan_creates_what_is_missing_and_never_shrinks() -> None:
    wanted = build_wanted("", 1)
    observed = partitions() | {Topic.POSTS_CREATED: 8, Topic.S3_EVENTS: 99}
    del observed[Topic.POSTS_DELETED]
    plan = build_plan(wanted, observed)
    assert [topic.name for topic in plan.create] == [Topic.POSTS_DELETED]
    assert [topic.name for topic in plan.grow] == [Topic.POSTS_CREATED]


def test_a_plan_for_what_is_there_creates_nothing() -> None:
    plan = build_plan(build_wanted("", 1), partitions())
    assert (plan.create, plan.grow) == ((), ())
