"""Replays what a real KEDA and a real HPA were seen to do through the models. Pure but for reading files.

A recording holds what one HPA decided, sync by sync: the lag that was committed, what KEDA told of it, the replicas,
and what the HPA then desired. Files of that kind are in `recorded/`; a unit test demands that the models agree with
each of them, metric and replicas.

How they were taken: each trace had its topic, a group whose offsets a script committed five seconds after a sync, and a
Deployment of pods that sleep. `t` is when the metrics adapter was asked, which is what a sync begins with; the replicas
are the Deployment's `spec.replicas` before it and before the next one.

What is tolerated: the controller stamps recommendations and moves some milliseconds after `t`, each with a time of its
own, and the model all of them with `t`. That could decide where a policy's period ends within those milliseconds of a
sync. Nearly always a sync begins fifteen seconds after the last one's end, so that it does not, and it did in none of
the syncs that were recorded.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.scaling.peers.hpa import DEFAULT_BEHAVIOR, Behavior, Hpa, Memory, Reading, sync
from bench.scaling.peers.keda import (
    POLLING_SECONDS,
    Fallback,
    ScaledObject,
    Trigger,
    cap,
    count_poll,
    count_sync,
    fall_back,
)

RECORDED = Path(__file__).parent / "recorded"


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    """One sync at second `t`; one of the lags is given, or neither where KEDA could not have it.

    `metric` is what KEDA told the HPA, or null if that got an error or it was not noted. `reached` says whether Kafka
    answered at all.
    """

    t: float
    current: int
    desired: int
    lag_total: int | None = None
    lag_per_partition: tuple[int, ...] | None = None
    metric: float | None = None
    reached: bool = True


class Recording(Struct, frozen=True, forbid_unknown_fields=True):
    """A sequence of syncs with the settings that were in force; `source` says which versions it was taken from.

    `behavior` is the HPA's, or null if the HPA has none, as those that KEDA makes by itself. KEDA polled at second
    `polled_at` and every thirty before and after, which matters if there is a fallback alone.
    """

    source: str
    partitions: int
    min: int
    max: int
    rows: tuple[Row, ...]
    trigger: Trigger = Trigger()
    behavior: Behavior | None = DEFAULT_BEHAVIOR
    fallback: Fallback | None = None
    polled_at: float = 0.0


class Subject(StrEnum):
    """What a model and a recording can disagree about."""

    METRIC = "metric"
    REPLICAS = "replicas"


class Disagreement(Struct, frozen=True):
    """A sync at which a model says something else than what was recorded."""

    t: float
    recorded: float | None
    modelled: float | None
    subject: Subject = Subject.REPLICAS


def read_recordings(folder: Path = RECORDED) -> dict[str, Recording]:
    """Return every recording of a folder by the name of its file."""
    return {path.name: msgspec.json.decode(path.read_bytes(), type=Recording) for path in sorted(folder.glob("*.json"))}


def disagreements(recording: Mapping[str, object] | Recording) -> list[Disagreement]:
    """Return where the models differ from a recording, which may be given as it stands in JSON."""
    if not isinstance(recording, Recording):
        recording = msgspec.convert(recording, Recording)
    hpa = Hpa(recording.min, recording.max, recording.trigger.lag_threshold, behavior=recording.behavior)
    memory, found = Memory(), []
    for row, metric in zip(recording.rows, _metrics(recording), strict=True):
        if metric != row.metric and _is_noted(recording):
            found.append(Disagreement(row.t, row.metric, metric, Subject.METRIC))
        desired, memory = sync(hpa, memory, Reading(row.t, row.current, metric))
        if desired != row.desired:
            found.append(Disagreement(row.t, row.desired, desired))
    return found


def _is_noted(recording: Recording) -> bool:
    return any(row.metric is not None for row in recording.rows)


def _metrics(recording: Recording) -> list[float | None]:
    """Return what KEDA tells at each sync; what fails counts towards the fallback, also between syncs."""
    scaled = ScaledObject(recording.min, recording.max)
    metrics: list[float | None] = []
    failures, before = 0, recording.polled_at
    for row in recording.rows:
        lag = _lag(recording, row)
        if lag is None:
            for _ in range(_polls(recording, before, row.t)):
                failures = count_poll(scaled, failures, is_reached=row.reached)
            failures = count_sync(failures, is_reached=row.reached)
            metrics.append(fall_back(recording.fallback, failures, recording.trigger.lag_threshold, row.current))
        else:
            failures = 0
            metrics.append(float(lag))
        before = row.t
    return metrics


def _polls(recording: Recording, since: float, until: float) -> int:
    """Return how many polls lie between two seconds."""
    begun = (since - recording.polled_at) // POLLING_SECONDS
    return int((until - recording.polled_at) // POLLING_SECONDS - begun)


def _lag(recording: Recording, row: Row) -> int | None:
    """Return the lag as it is told; of a total lag it is not known which partitions it lies on."""
    if row.lag_per_partition is not None:
        return cap(recording.trigger, row.lag_per_partition)
    if row.lag_total is None:
        return None
    return cap(recording.trigger, (row.lag_total, *(0 for _ in range(recording.partitions - 1))))
