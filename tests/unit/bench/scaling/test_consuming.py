import pytest

from bench.scaling.consuming import Topic, consume, finish, handled, kill, revoke
from bench.scaling.load import arrived_at, build_load
from bench.scaling.pods import Phase, Pod
from tests.unit.bench.scaling.scripted import small

LOAD = build_load(small((40.0,) * 10, partitions=2))


def topic_at(tick: int) -> Topic:
    topic = Topic(LOAD, batch_messages=5)
    topic.arrived = arrived_at(LOAD.work, tick)
    return topic


def pod() -> Pod:
    return Pod(1, 10.0, 0, Phase.READY, [0, 1])


def test_what_is_done_to_the_end_is_committed() -> None:
    topic = topic_at(10)
    assert consume(pod(), topic, 100.0) == 40.0
    assert topic.committed == [20.0, 20.0]


def test_a_batch_under_way_is_not_committed() -> None:
    topic, worker = topic_at(10), pod()
    assert consume(worker, topic, 13.0) == 13.0
    assert sum(topic.done) == pytest.approx(13.0)
    assert sum(topic.committed) == pytest.approx(10.0)
    assert worker.progress == pytest.approx(3.0)


def test_a_kill_throws_away_what_was_not_committed_and_counts_it() -> None:
    topic, worker = topic_at(10), pod()
    consume(worker, topic, 13.0)
    kill(worker, topic)
    assert topic.done == topic.committed
    assert topic.redone == pytest.approx(3.0)
    assert handled(LOAD, topic) == pytest.approx(13.0)
    assert topic.lost() == 0.0


def test_who_has_to_end_finishes_its_batch_and_no_more() -> None:
    topic, worker = topic_at(10), pod()
    consume(worker, topic, 13.0)
    assert not finish(worker, topic, 1.0)
    assert finish(worker, topic, 10.0)
    assert sum(topic.committed) == pytest.approx(15.0)


def test_who_gives_up_partitions_commits_them_first() -> None:
    topic, worker = topic_at(10), pod()
    consume(worker, topic, 13.0)
    revoke(worker, topic, [0, 1])
    assert topic.committed == topic.done
    assert worker.progress == 0.0


def test_a_commit_of_what_was_never_done_is_a_loss() -> None:
    topic = topic_at(10)
    topic.committed[0] = 4.0
    assert topic.lost() == 4.0
