"""Each runbook heals what it is for: its cause is made under load, and nobody but the operator does anything about it.

One short drill is run always, all of them by `make drill`, which prints a table of what was measured.
"""

from collections.abc import Iterator

import pytest

from hack.scenarios.drills.catalog import DRILLS
from hack.scenarios.drills.model import DrillContext, DrillRun
from hack.scenarios.drills.running import run_drill
from hack.scenarios.drills.table import build_table

SHORT = "ObjectStoreDown"


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> Iterator[list[DrillRun]]:
    """Collect what drills measure, and print the table after the last."""
    found: list[DrillRun] = []
    yield found
    request.config.get_terminal_writer().write(f"\n{build_table(found)}\n")


async def drill(context: DrillContext, runs: list[DrillRun], runbook: str) -> None:
    seen = await run_drill(context, DRILLS[runbook])
    runs.append(seen)
    assert seen.succeeded, seen
    assert seen.load.failed == []


async def test_the_operator_heals_a_lost_object_store(context: DrillContext, runs: list[DrillRun]) -> None:
    await drill(context, runs, SHORT)


@pytest.mark.drill
@pytest.mark.parametrize("runbook", [runbook for runbook in DRILLS if runbook != SHORT])
async def test_the_operator_heals_what_a_runbook_is_for(
    context: DrillContext, runs: list[DrillRun], runbook: str
) -> None:
    await drill(context, runs, runbook)
