"""Whole passes over a cluster in memory. Engines are not probed here: no Secret is whole until a test makes it so."""

import base64
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from photo_core.domain.runtime_policy import POLICY_KEY, FeedMode, UploadMode
from photo_core.errors import Engine
from photo_operator.cluster.fake import Write
from photo_operator.cluster.kinds import Kind
from photo_operator.components.catalog import DEPLOYED, Component
from photo_operator.engines.lag import Sample
from photo_operator.engines.model import healthy, unreachable
from photo_operator.observe.alert_messages import Alert, AlertStatus
from photo_operator.observe.feed_cache import WINDOW_SECONDS
from photo_operator.observe.pods import PodReport
from tests.support.lags import lag_of
from tests.support.platform_world import World


async def test_a_missing_secret_is_named_and_stops_nothing_else(world: World) -> None:
    world.put_secrets("photo-kafka")
    await world.once(2)
    assert world.condition("EnginesReachable") == ("False", "SecretMissing")
    assert world.condition("Ready") == ("False", "Provisioning")
    assert "demo-api" in world.of(Kind.SERVICE)
    assert not world.of(Kind.JOB)


async def test_a_malformed_secret_is_named_and_stops_nothing_else(world: World) -> None:
    world.put_secrets()
    uri = base64.b64encode(b"postgresql://u:hunter2/x@postgres:5432/d").decode()
    world.of(Kind.SECRET)["photo-postgres"]["data"]["uri"] = uri
    await world.once(2)
    assert world.condition("EnginesReachable") == ("False", "SecretMalformed")
    assert "hunter2" not in str(world.status)
    assert "demo-api" in world.of(Kind.SERVICE)
    assert not world.of(Kind.JOB)


async def test_deployments_come_after_provisioning(world: World) -> None:
    world.put_secrets()
    await world.once(2)
    assert len(world.of(Kind.JOB)) == 1
    assert not world.of(Kind.DEPLOYMENT)
    world.finish_job()
    await world.once(2)
    assert len(world.of(Kind.DEPLOYMENT)) == len(DEPLOYED)


async def test_a_settled_platform_is_ready_and_written_no_more(world: World) -> None:
    await world.settle()
    assert world.condition("Ready") == ("True", "Serving")
    assert await world.once(5) == []


async def test_a_failed_job_is_told_and_made_anew_after_a_while(world: World) -> None:
    world.put_secrets()
    await world.once(2)
    world.finish_job("Failed")
    first = next(iter(world.of(Kind.JOB).values()))
    await world.once()
    assert world.condition("Ready") == ("False", "ProvisioningFailed")
    world.clock.advance(31)
    await world.once(2)
    assert "status" not in next(iter(world.of(Kind.JOB).values()))
    assert first["status"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Kind.SERVICE, "demo-api"),
        (Kind.DEPLOYMENT, "demo-image-encode"),
        (Kind.ROLE, "demo-runtime"),
        (Kind.NETWORK_POLICY, "demo-fanout"),
        (Kind.CONFIG_MAP, "demo-runtime"),
    ],
)
async def test_a_deleted_child_is_back_after_a_pass(world: World, kind: Kind, name: str) -> None:
    await world.settle()
    world.cluster.remove(kind, "photos", name)
    await world.once(2)
    assert name in world.of(kind)
    assert world.mode.value == "push"


async def test_a_refused_child_is_told_in_the_status_and_waits_for_the_resync(world: World) -> None:
    await world.settle()
    world.cluster.remove(Kind.SERVICE, "photos", "demo-api")
    world.cluster.refused.add((Kind.SERVICE, "demo-api"))
    await world.once()
    world.woken.clear()
    await world.once(2)
    assert not world.woken.is_set()
    assert world.condition("Progressing") == ("False", "ChildRefused")
    assert "ChildRestored" not in [event["reason"] for event in world.of(Kind.EVENT).values()]


async def test_a_changed_spec_is_never_up_to_date_in_the_pass_that_writes_it(world: World) -> None:
    await world.settle()
    assert world.condition("Progressing") == ("False", "UpToDate")
    demo = world.of(Kind.PLATFORM)["demo"]
    demo["spec"]["feed"]["cap"] = 500
    demo["metadata"]["generation"] += 1
    await world.once()
    assert world.status["observedGeneration"] == demo["metadata"]["generation"]
    assert world.condition("Progressing") == ("True", "Applying")
    await world.once()
    assert world.condition("Progressing") == ("True", "RollingOut")


async def test_a_changed_number_of_workers_is_on_its_way_in_the_pass_that_asks_for_it(world: World) -> None:
    await world.settle()
    world.of(Kind.PLATFORM)["demo"]["spec"]["workers"]["fanout"]["replicas"] = {"min": 3, "max": 6}
    await world.once()
    assert world.condition("Progressing") == ("True", "RollingOut")


async def test_what_a_pause_holds_back_is_not_up_to_date(world: World) -> None:
    await world.settle()
    world.of(Kind.PLATFORM)["demo"]["spec"] |= {"pauseRequests": [{"reason": "moving"}], "feed": {"cap": 500}}
    await world.once(2)
    assert world.condition("Progressing") == ("True", "Applying")


async def test_a_child_that_is_no_longer_wanted_goes(world: World) -> None:
    await world.settle()
    extra = msgspec.json.decode(msgspec.json.encode(world.of(Kind.SERVICE)["demo-api"]))
    extra["metadata"]["name"] = "demo-old"
    world.cluster.put(Kind.SERVICE, extra)
    await world.once()
    assert set(world.of(Kind.SERVICE)) == {"demo-api"}


async def test_what_another_owns_is_left_alone(world: World) -> None:
    await world.settle()
    labels = world.of(Kind.SERVICE)["demo-api"]["metadata"]["labels"]
    world.cluster.put(Kind.SERVICE, {"metadata": {"name": "theirs", "namespace": "photos", "labels": labels}})
    await world.once()
    assert "theirs" in world.of(Kind.SERVICE)


async def test_a_pause_changes_nothing_but_the_status(world: World) -> None:
    await world.settle()
    world.of(Kind.PLATFORM)["demo"]["spec"]["pauseRequests"] = [{"reason": "moving"}]
    world.cluster.remove(Kind.SERVICE, "photos", "demo-api")
    writes = await world.once(2)
    assert world.condition("Paused") == ("True", "Requested")
    assert {write.verb for write in writes if write.kind is not Kind.EVENT} == {"status"}
    assert not world.of(Kind.SERVICE)


async def test_a_fanout_scaled_to_nothing_is_brought_back_within_bounds(world: World) -> None:
    await world.settle()
    world.of(Kind.DEPLOYMENT)["demo-fanout"]["spec"]["replicas"] = 0
    assert Write("scale", Kind.DEPLOYMENT, "demo-fanout") in await world.once()
    assert world.of(Kind.DEPLOYMENT)["demo-fanout"]["spec"]["replicas"] == 1


async def test_losing_redis_pulls_and_its_return_pushes(world: World) -> None:
    await world.settle()
    world.pool.scripted[Engine.REDIS].health = unreachable(Engine.REDIS, "redis", "refused")
    world.reconciler.samples.feed_cache.take({"api": PodReport(failures=1)})
    world.reconciler.samples.feed_cache.take({"api": PodReport(failures=9)})
    await world.once(9)
    assert world.mode.value == "pull"
    assert world.condition("Remediating") == ("True", "RunbookRunning")
    assert world.condition("Ready") == ("True", "Serving")
    world.pool.scripted[Engine.REDIS].health = healthy(Engine.REDIS)
    world.reconciler.samples.feed_cache.take({"api": PodReport(failures=9)})
    await world.once(13)
    assert world.mode.value == "rebuilding"
    await world.once(100)
    assert world.mode.value == "push"
    assert world.condition("Remediating") == ("False", "Idle")
    assert [held["status"]["phase"] for held in world.of(Kind.EXECUTION).values()] == ["Succeeded"]


async def test_stale_feeds_are_shown_while_pods_serve_them_and_no_pod_is_told(world: World) -> None:
    await world.settle()
    assert world.status["feedMode"] == "Push"
    counts = world.reconciler.samples.pod_counts
    counts.take({"api": PodReport(stale_pages=0)})
    counts.take({"api": PodReport(stale_pages=5)})
    await world.once()
    assert world.status["feedMode"] == "Stale"
    assert world.mode is FeedMode.PUSH
    await world.once(int(WINDOW_SECONDS) + 1)
    assert world.status["feedMode"] == "Push"


def alert(status: AlertStatus, began: datetime) -> Alert:
    labels = {"alertname": "ObjectStoreDown", "namespace": "photos", "instance_name": "demo"}
    return Alert(status, labels, began, "c0ffee", {"summary": "it does not answer"})


async def test_an_alert_begins_one_execution_however_often_it_is_told(world: World) -> None:
    await world.settle()
    began = datetime(2026, 1, 1, tzinfo=UTC)
    world.alerts.take([alert(AlertStatus.FIRING, began)])
    await world.once(45)
    (execution,) = world.of(Kind.EXECUTION).values()
    assert execution["spec"]["trigger"]["source"] == "Alert"
    assert execution["status"]["phase"] == "Inconclusive", "the probe says that the store is well"
    assert world.condition("Remediating") == ("False", "Idle")
    world.alerts.take([alert(AlertStatus.FIRING, began)])
    await world.once(5)
    assert len(world.of(Kind.EXECUTION)) == 1
    world.alerts.take([alert(AlertStatus.RESOLVED, began)])
    world.alerts.take([alert(AlertStatus.FIRING, began + timedelta(hours=1))])
    await world.once(5)
    assert len(world.of(Kind.EXECUTION)) == 2


async def test_without_prometheus_the_probes_alone_heal(world: World) -> None:
    await world.settle()
    world.pool.scripted[Engine.OBJECT_STORAGE].health = unreachable(Engine.OBJECT_STORAGE, "s3", "refused")
    await world.once(15)
    out = world.policy.uploads
    world.pool.scripted[Engine.OBJECT_STORAGE].health = healthy(Engine.OBJECT_STORAGE)
    await world.once(15)
    assert (out, world.policy.uploads) == (UploadMode.PAUSED, UploadMode.ACCEPT)
    (execution,) = world.of(Kind.EXECUTION).values()
    assert execution["spec"]["trigger"]["source"] == "Probe"


async def test_workers_that_take_nothing_are_a_backlog_although_they_were_quick_before(world: World) -> None:
    await world.settle()
    backlog = world.reconciler.samples.lag.backlogs[Component.FANOUT]
    for second in range(60):
        backlog.add(Sample(world.clock.monotonic(), lag_of(900, min(second, 5))))
        await world.once()
    (execution,) = world.of(Kind.EXECUTION).values()
    assert execution["spec"]["runbook"] == "FanoutBacklog"
    assert world.policy.skip_fanout_after_seconds == 3600
    assert world.policy.celebrity_threshold == 1000


async def test_an_edited_policy_is_put_back(world: World) -> None:
    await world.settle()
    world.of(Kind.CONFIG_MAP)["demo-runtime"]["data"][POLICY_KEY] = '{"feed_mode":"pull"}'
    await world.once()
    assert world.mode.value == "push"


async def test_a_fixed_feed_mode_is_obeyed(world: World) -> None:
    await world.settle()
    world.of(Kind.PLATFORM)["demo"]["spec"]["feed"]["mode"] = "Pull"
    await world.once()
    assert world.mode.value == "pull"


async def test_a_platform_that_is_gone_ends_its_reconciliation(world: World) -> None:
    await world.settle()
    world.cluster.remove(Kind.PLATFORM, "photos", "demo")
    assert not await world.reconciler.once()
    assert not world.of(Kind.DEPLOYMENT)


async def test_signing_keys_are_made_once(world: World) -> None:
    await world.settle()
    keys = world.of(Kind.SECRET)["demo-keys"]["data"]
    assert set(keys) == {"token-signing-key", "cursor-signing-key"}
    await world.once(3)
    assert world.of(Kind.SECRET)["demo-keys"]["data"] == keys
