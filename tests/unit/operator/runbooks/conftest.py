import pytest

from photo_operator.crds.runbook import Runbook
from tests.support.runbook_world import RunbookWorld


@pytest.fixture
async def world(runbooks: dict[str, Runbook]) -> RunbookWorld:
    """A platform in memory that is well."""
    world = RunbookWorld(runbooks)
    await world.passes(1)
    return world
