"""The scaler on the real thing: bursts in Kafka itself, workers that come, are killed, and leave without a loss."""

import signal
from collections.abc import Iterator

import pytest

from hack.scenarios.cluster import Cluster, Json, wait_for
from hack.scenarios.drills.model import DrillContext
from hack.scenarios.fanout_burst import FanoutBursts, FanoutSample, covered_seconds, pauses
from hack.scenarios.pod_logs import PodLogs, followed_logs
from hack.scenarios.process_signals import process_signals

DRAIN_TARGET = 10  # seconds, of the sample
ONE_WORKER, ONE_WORKER_LONG = 35, 60  # seconds that one worker would need for a burst
UP_WITHIN, PAUSED_AT_MOST = 15, 2.0
BACK_WITHIN, LEAVE_WITHIN = 240, 60
SHARE_OF_A_STEP = 0.25
UNKNOWN_SECONDS = 120


@pytest.fixture(scope="module")
def bursts(cluster: Cluster) -> FanoutBursts:
    return FanoutBursts(cluster)


@pytest.fixture(autouse=True)
def least(cluster: Cluster) -> int:
    """Wait until the workers are the fewest, and nothing waits."""
    wait_for("the platform to be healthy", cluster.is_healthy, 180)
    least: int = cluster.spec()["workers"]["fanout"]["replicas"]["min"]
    wait_for("the workers to idle", lambda: is_calm(FanoutSample(0, cluster.fanout_status()), least), BACK_WITHIN)
    return least


@pytest.fixture
def logs(cluster: Cluster) -> Iterator[PodLogs]:
    with followed_logs(cluster, "fanout") as followed:
        yield followed


def is_calm(sample: FanoutSample, least: int) -> bool:
    return sample.lag == 0 and sample.fanout.get("replicas") == least == sample.fanout.get("desired")


def is_drained(sample: FanoutSample) -> bool:
    return sample.lag == 0 and sample.at > 3


def rises(moves: list[Json]) -> list[Json]:
    return [move for move in moves if move["to"] > move["from"]]


def test_a_burst_brings_workers_in_one_move_and_takes_them_away_in_steps(
    bursts: FanoutBursts, least: int, logs: PodLogs
) -> None:
    burst = bursts.publish(int(bursts.warm_up() * ONE_WORKER))
    bursts.watch(burst, is_drained, 120)
    assert burst.first(lambda sample: sample.fanout.get("desired", 0) > least) <= UP_WITHIN
    assert len(rises(burst.moves())) == 1, burst.moves()
    assert burst.samples[-1].at <= UP_WITHIN + DRAIN_TARGET
    paused = pauses(list(logs.texts().values()), burst.began_at)
    assert paused
    assert covered_seconds(paused) <= PAUSED_AT_MOST
    bursts.watch(burst, lambda sample: is_calm(sample, least), BACK_WITHIN)
    falls = [move for move in burst.moves() if move["to"] < move["from"]]
    assert all(move["from"] - move["to"] <= max(1, SHARE_OF_A_STEP * move["from"]) for move in falls)
    assert bursts.missing(burst) == 0


def test_busy_workers_that_are_taken_away_finish_first(bursts: FanoutBursts, cluster: Cluster, logs: PodLogs) -> None:
    burst = bursts.publish(int(bursts.warm_up() * ONE_WORKER_LONG))
    bursts.watch(burst, lambda _: work(logs, 2), 60)
    assert burst.samples[-1].lag > 0
    most = cluster.spec()["workers"]["fanout"]["replicas"]["max"]
    try:
        cluster.change({"spec": {"workers": {"fanout": {"replicas": {"max": 1}}}}})
        bursts.watch(burst, is_drained, 180)
    finally:
        cluster.change({"spec": {"workers": {"fanout": {"replicas": {"max": most}}}}})
    assert bursts.missing(burst) == 0
    wait_for("workers that ended to have drained", lambda: have_drained(cluster, logs), LEAVE_WITHIN)


def work(logs: PodLogs, workers: int) -> bool:
    """Whether so many workers have partitions."""
    return sum('"partitions assigned"' in text for text in logs.texts().values()) >= workers


def have_drained(cluster: Cluster, logs: PodLogs) -> bool:
    """Whether every worker that had partitions and was told to go has said so at its end."""
    left = {pod.name for pod in cluster.component("fanout")}
    ended = [text for name, text in logs.texts().items() if name not in left and '"partitions assigned"' in text]
    return bool(ended) and all('"event": "drained"' in text for text in ended)


def test_half_of_the_workers_killed_in_a_burst_lose_nothing(bursts: FanoutBursts, cluster: Cluster) -> None:
    burst = bursts.publish(int(bursts.warm_up() * ONE_WORKER))
    bursts.watch(burst, lambda sample: sample.fanout.get("replicas", 0) >= 2 and sample.lag > 0, 60)
    workers = cluster.component("fanout")
    with process_signals(cluster) as signals:
        signals.send(workers[: len(workers) // 2], signal.SIGKILL)
    bursts.watch(burst, is_drained, 120)
    assert bursts.missing(burst) == 0


@pytest.mark.drill
def test_the_number_of_workers_is_held_while_kafka_does_not_tell_the_lag(
    bursts: FanoutBursts, context: DrillContext
) -> None:
    burst = bursts.publish(int(bursts.warm_up() * ONE_WORKER))
    bursts.watch(burst, lambda sample: sample.fanout.get("replicas", 0) >= 2, 60)
    kafka = context.cluster.engine("kafka")
    context.signals.send(kafka, signal.SIGSTOP)
    try:
        bursts.watch(burst, lambda sample: sample.fanout["limitedBy"] == "MetricsStale", 60)
        held = burst.samples[-1]
        bursts.watch(burst, lambda sample: sample.at > held.at + UNKNOWN_SECONDS, UNKNOWN_SECONDS + 10)
        after = [sample for sample in burst.samples if sample.at > held.at]
        assert {sample.fanout["desired"] for sample in after} == {held.fanout["desired"]}
    finally:
        context.signals.send(kafka, signal.SIGCONT)
    bursts.watch(burst, is_drained, 180)
    assert bursts.missing(burst) == 0
