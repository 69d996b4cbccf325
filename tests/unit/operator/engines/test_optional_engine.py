"""An optional engine is added by its record alone, and a platform that does not name it has nothing of it.

The sixth engine of this test exists here only: its record, its contract, and a spec with a field for it.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import msgspec
import pytest

from photo_core.engines.contract import EngineContract
from photo_core.fakes.clock import FakeClock
from photo_core.settings import Source, Variable
from photo_operator.components.catalog import API, PROVISIONER, ComponentRecord
from photo_operator.conditions import ConditionType, Reason
from photo_operator.crds.base import SecretRef, Spec
from photo_operator.crds.engines import Engines, Variables
from photo_operator.crds.platform import Platform
from photo_operator.desired.environment import build_environment, provisioned_engines
from photo_operator.desired.networking import build_network_policy, engine_ports
from photo_operator.desired.pods import build_container, build_pod_spec
from photo_operator.engines.model import Health, healthy
from photo_operator.engines.pool import ProbePool, ProbeTarget, healths_of
from photo_operator.observe import secrets
from photo_operator.observe.context import PassContext
from photo_operator.observe.observer import Observed
from photo_operator.observe.workloads import JobState
from photo_operator.status.build import build_status
from photo_operator.status.inputs import StatusInputs
from photo_workers.provisioning import provision_all, wanted_engines
from tests.support.platform_world import SECRETS

if TYPE_CHECKING:
    from photo_core.errors import Engine


class SixthEngine(StrEnum):
    """Stands in for a member of `Engine`, which cannot be extended."""

    LEDGER = "ledger"

    @property
    def secret_folder(self) -> str:
        return self.value


LEDGER = cast("Engine", SixthEngine.LEDGER)
PORT = 9201


class LedgerVariable(StrEnum):
    ENDPOINT = "PHOTO_LEDGER_ENDPOINT"


def ledger_settings(source: Source) -> str:
    return source.text(LedgerVariable.ENDPOINT)


async def provision(settings: str) -> None:
    assert settings == "here"


async def missing(settings: str) -> tuple[str, ...]:
    return (f"an index at {settings}",)


CONTRACT = EngineContract(LEDGER, ("api_key",), ledger_settings, tuple(LedgerVariable), provision_module=__name__)


class Ledger(Spec, frozen=True):
    contract: ClassVar[EngineContract] = CONTRACT
    probe_interval_seconds: ClassVar[float] = 3.0

    endpoint: str
    secret_ref: SecretRef
    provision: bool = True

    @property
    def address(self) -> object:
        return self.endpoint

    def variables(self) -> Variables:
        return {LedgerVariable.ENDPOINT: self.endpoint}

    def ports(self, secret: Mapping[str, str]) -> frozenset[int]:
        del secret
        return frozenset({PORT})


class SixEngines(Engines, frozen=True):
    ledger: Ledger | None = None


class LedgerProbe:
    async def probe(self) -> Health:
        return healthy(LEDGER)

    async def close(self) -> None:
        """Nothing is open."""


USER = msgspec.structs.replace(API, engines=(*API.engines, LEDGER))
PREPARER = msgspec.structs.replace(PROVISIONER, engines=(*PROVISIONER.engines, LEDGER))
COMPLETE: dict[str, dict[str, str] | None] = {**SECRETS, "photo-ledger": {"api_key": "k"}}


def spec_with(platform: Platform, ledger: Ledger | None) -> Platform:
    required = {name: getattr(platform.spec.engines, name) for name in Engines.__struct_fields__}
    spec = msgspec.structs.replace(platform.spec, engines=SixEngines(**required, ledger=ledger))
    return msgspec.structs.replace(platform, spec=spec)


@pytest.fixture
def present(platform: Platform) -> Platform:
    return spec_with(platform, Ledger(f"http://ledger:{PORT}", SecretRef("photo-ledger")))


@pytest.fixture
def absent(platform: Platform) -> Platform:
    return spec_with(platform, None)


def test_the_block_is_optional_and_read_by_its_name() -> None:
    block = {"endpoint": "http://ledger:9201", "secretRef": {"name": "s"}}
    required: dict[str, Any] = {
        "kafka": {"bootstrapServers": "k:9092", "secretRef": {"name": "s"}},
        "redis": {"nodes": ["r"], "secretRef": {"name": "s"}},
        "cassandra": {"hosts": ["c"], "secretRef": {"name": "s"}},
        "postgres": {"secretRef": {"name": "s"}},
        "objectStorage": {"endpoint": "http://s3", "secretRef": {"name": "s"}},
    }
    assert LEDGER in msgspec.convert({**required, "ledger": block}, SixEngines).by_name()
    assert LEDGER not in msgspec.convert(required, SixEngines).by_name()


def test_its_secret_is_demanded_only_where_it_is_named(present: Platform, absent: Platform) -> None:
    problem = secrets.problems(present, SECRETS)[LEDGER]
    assert (problem.reason, problem.next_step) == (
        Reason.SECRET_MISSING,
        "create Secret photo-ledger with the keys api_key",
    )
    assert secrets.problems(present, COMPLETE) == {}
    assert secrets.problems(absent, SECRETS) == {}


async def test_it_is_probed_only_where_it_is_named(present: Platform, absent: Platform) -> None:
    asked: list[ProbeTarget] = []

    def build(target: ProbeTarget) -> LedgerProbe:
        asked.append(target)
        return LedgerProbe()

    pool = ProbePool(FakeClock(), build)
    await pool.use("photos/absent", secrets.probe_targets(absent, COMPLETE))
    assert LEDGER not in {target.engine for target in asked}
    probes = await pool.use("photos/present", secrets.probe_targets(present, COMPLETE))
    assert asked[-1].credentials.values == {"api_key": "k"}
    await probes[LEDGER].once()
    assert healths_of([LEDGER], {}, probes) == {LEDGER: healthy(LEDGER)}
    await pool.release("photos/absent")
    await pool.release("photos/present")


def egress_ports(platform: Platform, component: ComponentRecord) -> set[int]:
    policy = build_network_policy(platform, component, engine_ports(platform))
    return {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}


def test_its_port_is_open_only_where_it_is_named(present: Platform, absent: Platform) -> None:
    assert egress_ports(present, USER) - egress_ports(absent, USER) == {PORT}
    assert egress_ports(absent, USER) == egress_ports(absent, API)


def test_its_variables_and_its_secret_reach_only_pods_that_use_it(present: Platform, absent: Platform) -> None:
    endpoint = {"name": LedgerVariable.ENDPOINT.value, "value": f"http://ledger:{PORT}"}
    assert endpoint in build_environment(present, USER)
    assert endpoint not in build_environment(present, API)
    pod = build_pod_spec(present, USER, build_container(present, USER))
    assert {"name": "secret-ledger", "secret": {"secretName": "photo-ledger"}} in pod["volumes"]
    pod = build_pod_spec(absent, USER, build_container(absent, USER))
    assert "ledger" not in json.dumps(pod).lower()
    assert pod == build_pod_spec(absent, API, build_container(absent, API))


def conditions_of(platform: Platform, contents: Mapping[str, dict[str, str] | None]) -> dict[str, dict[str, Any]]:
    engines = platform.spec.engines.by_name()
    answered = {engine: healthy(engine) for engine in engines}
    inputs = StatusInputs(
        context=PassContext(Observed(platform), "2026-01-01T00:00:00Z"),
        job=JobState.SUCCEEDED,
        schema_version="v1",
        job_trouble="",
        healths=answered | secrets.problems(platform, contents),
        feed_mode=None,
    )
    return {found["type"]: found for found in build_status(inputs)["conditions"]}


def test_the_status_speaks_of_it_only_where_it_is_named(present: Platform, absent: Platform) -> None:
    reachable, degraded = ConditionType.ENGINES_REACHABLE, ConditionType.DEGRADED
    without = conditions_of(absent, SECRETS)
    assert without[reachable]["reason"] == Reason.ALL_REACHABLE
    broken = conditions_of(present, SECRETS)
    assert broken[reachable]["reason"] == Reason.SECRET_MISSING
    assert broken[reachable]["message"].startswith("ledger: SecretMissing: Secret photo-ledger does not exist")
    assert (broken[degraded]["reason"], broken[degraded]["message"]) == (Reason.ENGINE_DOWN, "not usable: ledger")
    assert conditions_of(present, COMPLETE)[reachable]["reason"] == Reason.ALL_REACHABLE


def test_the_job_is_told_to_prepare_it_only_where_it_is_named(present: Platform, absent: Platform) -> None:
    assert provisioned_engines(present) == (*provisioned_engines(absent), LEDGER)
    told = next(item for item in build_environment(present, PREPARER) if item["name"] == Variable.PROVISION)
    assert told["value"].endswith(",ledger")


@pytest.mark.parametrize(
    ("wanted", "mounted", "problems"),
    [
        pytest.param("ledger", True, [], id="prepared by the Job"),
        pytest.param(
            "",
            True,
            ["ledger lacks an index at here: make them, or set spec.engines.ledger.provision to true"],
            id="prepared by others",
        ),
        pytest.param("", False, [], id="absent"),
    ],
)
async def test_the_job_prepares_or_checks_it_and_passes_over_it_where_it_is_absent(
    tmp_path: Path,
    wanted: str,
    mounted: bool,  # noqa: FBT001 - a row of the table
    problems: list[str],
) -> None:
    if mounted:
        (tmp_path / "ledger").mkdir()
    source = Source({Variable.PROVISION: wanted, LedgerVariable.ENDPOINT: "here"}, tmp_path)
    known = {LEDGER: CONTRACT}
    assert wanted_engines(source, known) == ([LEDGER] if wanted else [])
    assert await provision_all(source, FakeClock(), known) == problems
