"""Every engine against every way to fail, as a drill: nothing acknowledged is lost, and the platform becomes well."""

from collections.abc import Iterator

import pytest

from hack.scenarios.drills.fault_matrix import KINDS, STRUCK, Happened, build_matrix, strike
from hack.scenarios.drills.model import Field


@pytest.fixture(scope="module")
def happened(request: pytest.FixtureRequest) -> Iterator[list[Happened]]:
    """Collect what happened, and print the table after the last."""
    found: list[Happened] = []
    yield found
    request.config.get_terminal_writer().write(f"\n{build_matrix(found)}\n")


@pytest.mark.drill
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("engine", STRUCK)
async def test_nothing_acknowledged_is_lost(field: Field, happened: list[Happened], engine: str, kind: str) -> None:
    seen = await strike(field, engine, kind)
    happened.append(seen)
    assert seen.lost == 0
