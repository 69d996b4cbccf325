"""Kubernetes Events about changes, never about states that last. `build_event` is pure; `write_events` writes.

A repetition is counted on the Event that was written first (`event_ledger`). An Event that cannot be written is logged
and dropped.
"""

from collections.abc import Iterable, Sequence

import structlog

from photo_operator import telemetry
from photo_operator.cluster.kinds import FIELD_MANAGER, Kind
from photo_operator.cluster.port import ClusterRefused, ClusterWriter
from photo_operator.components.catalog import SCALED
from photo_operator.conditions import ConditionType, EventReason, News
from photo_operator.crds.platform import API_VERSION, Manifest, Platform
from photo_operator.reconcile.event_ledger import EventRecord
from photo_operator.rollout.changes import Change, Verb

log = structlog.get_logger(__name__)

BAD_NEWS: dict[ConditionType, str] = {
    ConditionType.READY: "False",
    ConditionType.ENGINES_REACHABLE: "False",
    ConditionType.DEGRADED: "True",
}


def condition_news(before: Iterable[Manifest], after: Iterable[Manifest]) -> tuple[News, ...]:
    """Return news of the conditions whose status changed."""
    known = {found["type"]: found for found in before}
    return tuple(
        News(
            EventReason.CONDITION_CHANGED,
            f"{now['type']} is {now['status']} ({now['reason']}): {now['message']}",
            BAD_NEWS.get(ConditionType(now["type"])) == now["status"],
        )
        for now in after
        if known.get(now["type"], {}).get("status") != now["status"] and not _starts_well(now, known)
    )


def _starts_well(now: Manifest, known: dict[str, Manifest]) -> bool:
    return now["type"] not in known and BAD_NEWS.get(ConditionType(now["type"])) != now["status"]


def change_news(changes: Sequence[Change]) -> tuple[News, ...]:
    """Return news of children that were restored; called only where the spec has not changed."""
    return tuple(
        News(
            EventReason.CHILD_RESTORED,
            f"{change.kind.value.name} {change.name} put back: {', '.join(change.paths[:5]) or 'it was gone'}",
        )
        for change in changes
        if change.verb in (Verb.RESTORE, Verb.PRUNE, Verb.CREATE) and change.kind is not Kind.JOB
    )


def mode_news(platform: Platform, status: Manifest) -> tuple[News, ...]:
    """Return news of the feed mode."""
    before, now = platform.status.get("feedMode"), status.get("feedMode")
    if before in (None, now):
        return ()
    return (News(EventReason.FEED_MODE_CHANGED, f"feeds: {before} -> {now}"),)


def scaling_news(platform: Platform, status: Manifest) -> tuple[News, ...]:
    """Return news of the scaler's moves."""
    before = {name: found.get("desired") for name, found in platform.status.get("workers", {}).items()}
    return tuple(
        News(_REASON_OF_SCALING[name], f"{name}: {before[name]} -> {found['desired']}: {found['explanation']}")
        for name, found in status["workers"].items()
        if name in _REASON_OF_SCALING and before.get(name) not in (None, found["desired"]) and "explanation" in found
    )


_REASON_OF_SCALING: dict[str, EventReason] = {worker.name: worker.event for worker in SCALED}


def build_event(platform: Platform, record: EventRecord, now: str, identity: str) -> Manifest:
    """Return the Event with news about a platform, new or repeated."""
    metadata, news = platform.metadata, record.news
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{metadata.name}.{record.name}", "namespace": metadata.namespace},
        "involvedObject": {
            "apiVersion": API_VERSION,
            "kind": "PhotoPlatform",
            "name": metadata.name,
            "namespace": metadata.namespace,
            "uid": metadata.uid,
        },
        "reason": news.reason.value,
        "message": news.message[:1000],
        "type": "Warning" if news.warning else "Normal",
        "source": {"component": "photoplatform-operator", "host": identity},
        "reportingComponent": "photoplatform-operator",
        "reportingInstance": identity,
        "firstTimestamp": record.first.text,
        "lastTimestamp": now,
        "count": record.count,
    }


async def write_events(cluster: ClusterWriter, events: Iterable[Manifest]) -> None:
    """Write events."""
    for event in events:
        try:
            await cluster.apply(Kind.EVENT, event, FIELD_MANAGER)
        except ClusterRefused as refused:
            log.warning("event refused", reason=str(refused))
            telemetry.EVENTS.labels("refused").inc()
        else:
            telemetry.EVENTS.labels("told" if event["count"] == 1 else "counted").inc()
