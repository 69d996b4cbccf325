"""Every engine against every way to fail, as a drill: nothing acknowledged is lost, and the platform recovers."""

from collections.abc import Iterator

import pytest

from hack.scenarios.drills.fault_matrix import ENGINES_UNDER_TEST, FAULT_KINDS, FaultOutcome, build_matrix, inject_fault
from hack.scenarios.drills.model import DrillContext


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> Iterator[list[FaultOutcome]]:
    """Collect outcomes, and print the table after the last."""
    found: list[FaultOutcome] = []
    yield found
    request.config.get_terminal_writer().write(f"\n{build_matrix(found)}\n")


@pytest.mark.drill
@pytest.mark.parametrize("kind", FAULT_KINDS)
@pytest.mark.parametrize("engine", ENGINES_UNDER_TEST)
async def test_nothing_acknowledged_is_lost(
    context: DrillContext, outcomes: list[FaultOutcome], engine: str, kind: str
) -> None:
    seen = await inject_fault(context, engine, kind)
    outcomes.append(seen)
    assert seen.lost == 0
