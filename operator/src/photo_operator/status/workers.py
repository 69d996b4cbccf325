"""`status.workers`: replicas, rates and the last scaling decisions of every worker. Pure; called by `build`."""

from collections.abc import Iterable

from photo_operator.components.catalog import SCALED, WORKERS
from photo_operator.crds.platform import Manifest
from photo_operator.observe.workloads import Rollout
from photo_operator.scaling.model import MOVES_REMEMBERED, Flow, Record, Scaling, Service
from photo_operator.scaling.need import drain_seconds, rounded
from photo_operator.status.inputs import StatusInputs

NEAR_SHARE, NEAR_RATE = 0.25, 0.5  # a rate that changes by no more than this share or amount keeps its value


def _worker_status(found: Rollout) -> Manifest:
    return {"replicas": found.current, "desired": found.wanted}


def _scaled_status(found: Rollout, scaling: Scaling, before: Manifest) -> Manifest:
    decision, flows = scaling.decision, scaling.flows
    status: Manifest = {
        "replicas": found.current,
        "desired": decision.replicas,
        "limitedBy": decision.limited_by.value,
        "explanation": decision.explanation,
    }
    if flows is not None:
        status |= _flow_status(found, flows, scaling.service)
    if scaling.service is not None:
        status["perWorkerPerSecond"] = rounded(scaling.service.per_worker)
    status = steadied(before, status)
    decisions = merged_records(before.get("decisions", ()), scaling.records)
    return status | ({"decisions": decisions} if decisions else {})


RATES = ("arrivalPerSecond", "servicePerSecond", "perWorkerPerSecond")


def steadied(before: Manifest, after: Manifest) -> Manifest:
    """Return a worker's status without jitter: rates that hardly changed keep their values, and so does the text."""
    kept = {key: before[key] for key in RATES if key in before and key in after and is_near(before[key], after[key])}
    steady = after | kept
    same = all(before.get(key) == value for key, value in steady.items() if key != "explanation")
    return steady | {"explanation": before["explanation"]} if same and "explanation" in before else steady


def is_near(before: float, after: float) -> bool:
    """Whether a rate is about the same as before; zero is never near another rate."""
    return before == after or (after > 0 and abs(after - before) <= max(NEAR_SHARE * before, NEAR_RATE))


def _flow_status(found: Rollout, flows: tuple[Flow, ...], service: Service | None) -> Manifest:
    lag, done = sum(flow.lag for flow in flows), sum(flow.service for flow in flows)
    drain = drain_seconds(lag, done if service is None else service.per_worker * max(1, found.current))
    return {
        "lag": int(rounded(lag)),
        "arrivalPerSecond": rounded(sum(flow.arrival for flow in flows)),
        "servicePerSecond": rounded(done),
        **({} if drain is None else {"drainSeconds": int(rounded(drain))}),
    }


def merged_records(before: Iterable[Manifest], records: Iterable[Record]) -> list[Manifest]:
    """Return the last decisions, oldest first: those of the former status, and those that this process remembers."""
    known = {(found["time"], found["from"], found["to"]): found for found in before}
    for record in records:
        reason = {"limitedBy": record.limited_by.value, "explanation": record.explanation}
        known[record.time, record.before, record.after] = {
            "time": record.time,
            "from": record.before,
            "to": record.after,
            **reason,
        }
    return sorted(known.values(), key=lambda found: str(found["time"]))[-MOVES_REMEMBERED:]


def build_workers(seen: StatusInputs) -> Manifest:
    """Return the status of every worker that is deployed, by its name in the status."""
    workers = {
        record.name: _worker_status(found)
        for record in WORKERS
        if (found := seen.rollouts.get(record.component)) is not None and found.exists
    }
    before = seen.platform.status.get("workers", {})
    scaled = {
        record.name: _scaled_status(seen.rollouts[record.component], scaling, before.get(record.name, {}))
        for record in SCALED
        if (scaling := seen.scalings.get(record.component)) is not None
    }
    return workers | scaled
