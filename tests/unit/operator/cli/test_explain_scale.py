"""Why there are so many workers: the numbers to check it by hand, and the last moves as a drawing."""

import json
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from photo_operator.cli.lookups import SCALED_BY_NAME
from photo_operator.cli.render.explained import BLOCK, WIDEST, render_explained_scale
from photo_operator.cli.views.scale import MEANINGS, build_explained_scale
from photo_operator.cluster.fake import FakeCluster
from photo_operator.cluster.kinds import Kind
from photo_operator.components.catalog import SCALED
from photo_operator.crds.platform import decode_platform
from photo_operator.scaling.model import MOVES_REMEMBERED, LimitedBy
from tests.unit.operator.cli.conftest import Call, move

NOW = "2026-11-21T10:00:00Z"
FANOUT = """\
fanout: 2 running, 4 wanted

Calculation  20/s arrive and 1200 wait: up to 4
Limited by   Max: at spec.workers.fanout.replicas.max; raise it to drain the lag sooner
Lag          1200 messages
Drained in   42 s, target 10 s
Arriving     20 messages/s
Written      62 messages/s
One worker   31 messages per busy second
Allowed      1 to 6 workers

Last changes
AGO     WORKERS                        WHY
1h30m   1 -> 3   ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇       30/s arrive and 600 wait: up to 3
49m30s  3 -> 2   ▇▇▇▇▇▇▇▇▇▇            Min: no lag, nothing arrives: 2 would do: down to 2
12s     2 -> 4   ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇  Max: 20/s arrive and 1200 wait: up to 4
"""
IMAGE_ENCODE = f"""\
imageEncode: 1 running, 1 wanted

Calculation  lag 3; what one worker does is not measured yet: held at 1
Limited by   Measuring: {MEANINGS[LimitedBy.MEASURING]}
Lag          3 messages
Drained in   6 s, target 60 s
Arriving     0 messages/s
Written      0.5 messages/s
One worker   not measured yet
Allowed      1 to 4 workers

Last changes
no change yet
"""
FIXED = """\
Set by the spec
WORKER  PODS
purge   1
"""
ABSENT = [worker.name for worker in SCALED if worker.name not in ("fanout", "imageEncode")]  # from the sample
EVENT = {"schedule": "30 9 * * *", "durationMinutes": 60, "replicas": 3, "reason": "the final"}


def _missing(*names: str) -> str:
    return "".join(f"demo has no {name} workers yet\n" for name in names)


def _printed(*blocks: str) -> str:
    return "\n".join(block for block in blocks if block)


def _platform(cluster: FakeCluster) -> dict[str, Any]:
    return cluster.objects[(Kind.PLATFORM, "photos", "demo")]


def _fanout(cluster: FakeCluster) -> dict[str, Any]:
    found: dict[str, Any] = _platform(cluster)["status"]["workers"]["fanout"]
    return found


def _bars(drawn: str) -> list[int]:
    return [line.count(BLOCK) for line in drawn.splitlines() if BLOCK in line]


def _add_platform(cluster: FakeCluster, name: str) -> None:
    demo = _platform(cluster)
    cluster.put(Kind.PLATFORM, demo | {"metadata": demo["metadata"] | {"name": name}})


def test_every_scaled_worker_is_explained_with_its_numbers_and_its_moves(call: Call) -> None:
    result = call("explain", "scale")
    assert (result.exit_code, result.stdout) == (0, _printed(FANOUT, IMAGE_ENCODE, _missing(*ABSENT), FIXED))


@pytest.mark.parametrize(
    ("worker", "said"), [("fanout", FANOUT), ("imageEncode", IMAGE_ENCODE), ("image-encode", IMAGE_ENCODE)]
)
def test_one_worker_is_explained_by_either_of_its_names(call: Call, worker: str, said: str) -> None:
    result = call("explain", "scale", worker)
    assert (result.exit_code, result.stdout) == (0, said)


def test_an_unknown_worker_is_an_error_that_lists_the_names(call: Call) -> None:
    result = call("explain", "scale", "purge")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no scaled worker purge, nor a PhotoPlatform of that name" in result.stderr
    assert f"workers are {', '.join(SCALED_BY_NAME)}" in result.stderr


def test_a_platform_may_follow_the_worker(call: Call, cluster: FakeCluster) -> None:
    _add_platform(cluster, "other")
    assert call("explain", "scale", "fanout").exit_code == 2
    assert call("explain", "scale", "fanout", "demo").stdout == FANOUT
    assert "there is no scaled worker purge:" in call("explain", "scale", "purge", "demo").stderr


def test_a_platform_may_stand_alone(call: Call, cluster: FakeCluster) -> None:
    _add_platform(cluster, "other")
    answer = json.loads(call("explain", "scale", "other", "-o", "json").stdout)
    assert (answer["platform"], len(answer["scaled"]), answer["missing"]) == ("other", 2, ABSENT)


def test_everything_that_limits_the_scaler_is_explained() -> None:
    assert set(MEANINGS) == set(LimitedBy)


@pytest.mark.parametrize("limit", LimitedBy)
def test_a_limit_is_told_with_what_it_means_for_this_worker(call: Call, cluster: FakeCluster, limit: LimitedBy) -> None:
    _fanout(cluster)["limitedBy"] = limit.value
    meaning = MEANINGS[limit].format(spec="spec.workers.fanout")
    assert f"Limited by   {limit.value}: {meaning}\n" in call("explain", "scale", "fanout").stdout


def test_a_limit_of_a_newer_operator_is_told_by_its_name_alone(call: Call, cluster: FakeCluster) -> None:
    _fanout(cluster)["limitedBy"] = "Weather"
    assert "Limited by   Weather\n" in call("explain", "scale").stdout


def test_a_worker_that_was_not_looked_at_yet_claims_nothing(call: Call, cluster: FakeCluster) -> None:
    _platform(cluster)["status"]["workers"]["fanout"] = {"replicas": 1, "desired": 1}
    said = call("explain", "scale", "fanout").stdout
    for line in ("Limited by   no decision yet", "Lag          not known", "Drained in   not known, target 10 s"):
        assert line in said


def test_a_platform_without_workers_says_so(call: Call, cluster: FakeCluster) -> None:
    _platform(cluster)["status"]["workers"] = {}
    assert call("explain", "scale").stdout == _missing(*(worker.name for worker in SCALED))


def test_a_scaled_worker_that_is_missing_is_told_beside_the_others(call: Call, cluster: FakeCluster) -> None:
    del _platform(cluster)["status"]["workers"]["imageEncode"]
    said = call("explain", "scale").stdout
    assert said == _printed(FANOUT, _missing(*(w.name for w in SCALED if w.name != "fanout")), FIXED)


def test_a_known_event_is_told_with_its_end_while_it_is_on(call: Call, cluster: FakeCluster) -> None:
    later = EVENT | {"schedule": "0 20 * * *", "reason": "fireworks"}
    _platform(cluster)["spec"]["workers"]["fanout"]["scheduledEvents"] = [EVENT, later]
    said = call("explain", "scale", "fanout").stdout
    first = 'at least 3 from "30 9 * * *" (UTC) for 60 minutes: the final; on until 2026-11-21T10:30:00Z'
    assert f"Scheduled event  {first}\n" in said
    assert 'Scheduled event  at least 3 from "0 20 * * *" (UTC) for 60 minutes: fireworks\n' in said


def test_bars_are_in_scale_and_one_worker_is_never_nothing(call: Call, cluster: FakeCluster) -> None:
    numbers = [(1, 100), (100, 50), (50, 1), (1, 0)]
    _fanout(cluster)["decisions"] = [move(NOW, pair, "None", "why") for pair in numbers]
    said = call("explain", "scale", "fanout").stdout
    assert _bars(said) == [WIDEST, WIDEST // 2, 1]
    assert "1 -> 0" in said


def test_only_the_last_moves_are_told(call: Call, cluster: FakeCluster) -> None:
    _fanout(cluster)["decisions"] = [move(NOW, (number, number + 1), "None", "why") for number in range(30)]
    answer = json.loads(call("explain", "scale", "fanout", "-o", "json").stdout)
    told = [found["after"] for found in answer["scaled"][0]["decisions"]]
    assert told == list(range(31 - MOVES_REMEMBERED, 31))


def test_the_screen_fits_a_terminal_of_100_columns_and_leaves_nothing_out(
    cluster: FakeCluster, manifest: dict[str, Any]
) -> None:
    why = " ".join(f"word{number}" for number in range(40))
    _fanout(cluster)["decisions"] = [move(NOW, (100, 128), LimitedBy.DOWNSTREAM_SATURATED.value, why)]
    platform = decode_platform(manifest | {"status": _platform(cluster)["status"]})
    screen = StringIO()
    Console(file=screen, width=100).print(*render_explained_scale(build_explained_scale(platform, NOW)), sep="\n")
    assert max(map(len, screen.getvalue().splitlines())) <= 100
    assert f"DownstreamSaturated: {why}" in " ".join(screen.getvalue().replace(BLOCK, " ").split())


def test_json_says_the_same_in_fields(call: Call) -> None:
    answer = json.loads(call("explain", "scale", "-o", "json").stdout)
    fanout, encode = answer["scaled"]
    assert (fanout["worker"], fanout["maximum"], fanout["perWorkerPerSecond"]) == ("fanout", 6, 31.0)
    assert (encode["worker"], encode["limitedBy"], encode["decisions"]) == ("imageEncode", "Measuring", [])
    assert (answer["fixed"], answer["missing"]) == ({"purge": 1}, ABSENT)
    assert fanout["decisions"][-1] == {
        "time": "2026-11-21T09:59:48Z",
        "ago": "12s",
        "before": 2,
        "after": 4,
        "limitedBy": "Max",
        "explanation": "20/s arrive and 1200 wait: up to 4",
    }
