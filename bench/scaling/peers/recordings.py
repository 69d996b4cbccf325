"""Compares the models with recordings of a real KEDA and a real HPA. Pure except for reading files.

A recording lists the syncs of one HPA: the committed lag, the metric from KEDA, the replicas before, and the replicas
that the HPA then set. The recordings are in `recorded/`; a unit test requires that the models agree with all of them.

How they were recorded: each trace had its own topic, a group whose offsets a script committed five seconds after a
sync, and a Deployment of sleeping pods. `t` is the time of the request to the metrics adapter, with which a sync
begins; the replicas are the Deployment's `spec.replicas` before this sync and before the next one.

Known inaccuracy: the controller stores recommendations and changes with their own times, some milliseconds after `t`,
while the model uses `t` for all of them. This matters only if the period of a policy ends within these milliseconds of
a sync. Syncs are almost always 15 seconds apart, so it is rare, and it happened in no recorded sync.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.scaling.peers.hpa import DEFAULT_BEHAVIOR, Behavior, Hpa, HpaMemory, SyncInputs, sync
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
    """One sync at second `t`; one of the lags is given, or neither if KEDA could not read it.

    `metric` is KEDA's answer to the HPA, or null if it was an error or not recorded. `reached` tells whether Kafka
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
    """A sequence of syncs with its settings; `source` names the recorded versions.

    `behavior` is that of the HPA, or null if it has none, as by default with KEDA. KEDA polled at second `polled_at`
    and every thirty seconds before and after, which matters only with a fallback.
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
    """The value in which a model and a recording differ."""

    METRIC = "metric"
    REPLICAS = "replicas"


class Disagreement(Struct, frozen=True):
    """A sync at which a model differs from the recording."""

    t: float
    recorded: float | None
    modelled: float | None
    subject: Subject = Subject.REPLICAS


def read_recordings(folder: Path = RECORDED) -> dict[str, Recording]:
    """Return all recordings of a folder by file name."""
    return {path.name: msgspec.json.decode(path.read_bytes(), type=Recording) for path in sorted(folder.glob("*.json"))}


def disagreements(recording: Mapping[str, object] | Recording) -> list[Disagreement]:
    """Return where the models differ from a recording, which may be given as decoded JSON."""
    if not isinstance(recording, Recording):
        recording = msgspec.convert(recording, Recording)
    hpa = Hpa(recording.min, recording.max, recording.trigger.lag_threshold, behavior=recording.behavior)
    memory, found = HpaMemory(), []
    for row, metric in zip(recording.rows, _metrics(recording), strict=True):
        if metric != row.metric and _is_noted(recording):
            found.append(Disagreement(row.t, row.metric, metric, Subject.METRIC))
        desired, memory = sync(hpa, memory, SyncInputs(row.t, row.current, metric))
        if desired != row.desired:
            found.append(Disagreement(row.t, row.desired, desired))
    return found


def _is_noted(recording: Recording) -> bool:
    return any(row.metric is not None for row in recording.rows)


def _metrics(recording: Recording) -> list[float | None]:
    """Return KEDA's metric at each sync; failures count towards the fallback, also between syncs."""
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
    """Return the number of polls between two times."""
    begun = (since - recording.polled_at) // POLLING_SECONDS
    return int((until - recording.polled_at) // POLLING_SECONDS - begun)


def _lag(recording: Recording, row: Row) -> int | None:
    """Return the recorded lag; for a total lag the partitions are unknown."""
    if row.lag_per_partition is not None:
        return cap(recording.trigger, row.lag_per_partition)
    if row.lag_total is None:
        return None
    return cap(recording.trigger, (row.lag_total, *(0 for _ in range(recording.partitions - 1))))
