"""What one list names, the others name too."""

from photo_core.messages.topics import SUBSCRIPTIONS, TOPICS, Topic
from photo_operator.desired.components import DEPLOYED, Component
from photo_workers.registry import WORKERS, ConsumerWorker

NO_WORKERS = {Component.API, Component.PROVISION}


def test_the_operator_deploys_exactly_the_registered_workers() -> None:
    assert {worker.name for worker in WORKERS} == {c.value for c in Component if c not in NO_WORKERS}


def test_every_subscription_has_its_worker_and_every_consumer_its_subscription() -> None:
    consumed = {(worker.topic, worker.group) for worker in WORKERS if isinstance(worker, ConsumerWorker)}
    assert consumed == set(SUBSCRIPTIONS)


def test_whoever_obeys_the_runtime_policy_may_watch_it() -> None:
    obeying = {worker.name for worker in WORKERS if worker.obeys_policy}
    assert {spec.component.value for spec in DEPLOYED if spec.watches_policy} == obeying | {Component.API.value}


def test_every_topic_is_created() -> None:
    assert {spec.topic for spec in TOPICS} == set(Topic)
