"""The operator before an API server that fails in every way that it may: nothing is lost, and nobody writes unfenced.

The operator runs on this host behind a proxy, in a namespace of its own: the platform under test is left alone.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hack.scenarios.cluster import Cluster
from tests.support.api_server_proxy import ApiServerProxy, Fault, api_server_proxy
from tests.support.operator_processes import (
    OperatorProcess,
    Scratch,
    operators,
    scratch_namespace,
    start_operator,
    until,
    write_kubeconfig,
)

ROOT = Path(__file__).resolve().parents[2]
KUBECONFIG = ROOT / ".local/kubeconfig"
START_SECONDS = 40  # of a process and its first pass, on a busy machine
REPAIR_SECONDS = 10
TAKEOVER_SECONDS = 20
SILENCE_SECONDS = 90
RENEWALS = 3  # that fail while the Lease still lasts: six seconds
MOST_ASKED = 150  # meanwhile, by watches and passes that keep away for longer each time


@pytest.fixture(scope="module")
def scratch(cluster: Cluster) -> Iterator[Scratch]:
    with scratch_namespace(cluster, "operator-faults") as found:
        yield found


@pytest.fixture
async def proxy() -> AsyncIterator[ApiServerProxy]:
    async with api_server_proxy(KUBECONFIG) as found:
        yield found


@pytest.fixture
async def operator(scratch: Scratch, proxy: ApiServerProxy, tmp_path: Path) -> AsyncIterator[OperatorProcess]:
    """A leader behind the proxy that has reconciled."""
    found = await start_operator(scratch.name, tmp_path, write_kubeconfig(tmp_path, proxy.port))
    async with operators(found):
        await until("the operator to lead", found.leads, START_SECONDS)
        await until("the platform's Service", scratch.service_uid, START_SECONDS)
        yield found


async def _repaired(scratch: Scratch, deadline: float = REPAIR_SECONDS) -> None:
    deleted = await asyncio.to_thread(scratch.delete_service)
    await until("the Service to be restored", lambda: scratch.is_back(deleted), deadline)


@pytest.mark.usefixtures("operator")
async def test_what_a_silent_watch_does_not_tell_is_repaired_all_the_same(
    scratch: Scratch, proxy: ApiServerProxy
) -> None:
    await _repaired(scratch)
    proxy.fault = Fault.SWALLOWED_EVENTS
    await _repaired(scratch)


@pytest.mark.drill
@pytest.mark.usefixtures("operator")
async def test_a_silent_watch_is_opened_anew(proxy: ApiServerProxy) -> None:
    begun = proxy.watches
    assert begun
    proxy.fault = Fault.SWALLOWED_EVENTS
    await until("every watch to be opened again", lambda: proxy.watches >= 2 * begun, SILENCE_SECONDS)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.BUSY,
        Fault.RESET,
        pytest.param(Fault.BROKEN, marks=pytest.mark.drill),
        pytest.param(Fault.UNAVAILABLE, marks=pytest.mark.drill),
    ],
)
async def test_an_api_server_that_refuses_for_a_while_is_left_alone_and_then_caught_up_with(
    scratch: Scratch, proxy: ApiServerProxy, operator: OperatorProcess, fault: Fault
) -> None:
    proxy.fault = fault
    deleted = await asyncio.to_thread(scratch.delete_service)
    await until("renewals to have met the fault", lambda: proxy.lease_asked[fault] >= RENEWALS, REPAIR_SECONDS)
    proxy.fault = Fault.NONE
    await until("the Service to be restored", lambda: scratch.is_back(deleted), REPAIR_SECONDS * 2)
    assert proxy.asked[fault] < MOST_ASKED
    assert operator.process.returncode is None
    assert operator.leads()


@pytest.mark.usefixtures("operator")
async def test_a_slow_api_server_is_borne(scratch: Scratch, proxy: ApiServerProxy) -> None:
    proxy.fault = Fault.SLOW
    await _repaired(scratch, REPAIR_SECONDS * 3)


async def test_a_leader_that_is_cut_off_ends_and_another_reconciles(
    scratch: Scratch, proxy: ApiServerProxy, operator: OperatorProcess, tmp_path: Path
) -> None:
    standby = await start_operator(scratch.name, tmp_path, KUBECONFIG)
    async with operators(standby):
        await until("the other to stand by", lambda: standby.standing().startswith("standing by"), START_SECONDS)
        proxy.fault = Fault.HALF_OPEN
        deleted = await asyncio.to_thread(scratch.delete_service)
        await until("the other to have restored the Service", lambda: scratch.is_back(deleted), TAKEOVER_SECONDS)
        assert standby.leads()
        async with asyncio.timeout(TAKEOVER_SECONDS):
            assert await operator.process.wait() == 1
    assert "leadership lost" in operator.log.read_text()
