from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from photo_operator.crds.platform import Platform, decode_platform
from photo_operator.crds.runbook import Runbook
from photo_operator.engines import tls
from photo_operator.runbooks.loader import load_runbooks
from tests.support.platform_world import World

ROOT = Path(__file__).parents[3]


@pytest.fixture
def manifest() -> dict[str, Any]:
    sample: dict[str, Any] = yaml.safe_load((ROOT / "examples/photoplatform.yaml").read_text())
    sample["metadata"] |= {"uid": "uid-demo", "generation": 1}
    return sample


@pytest.fixture
def platform(manifest: dict[str, Any]) -> Platform:
    return decode_platform(manifest)


@pytest.fixture(scope="session")
def runbooks() -> dict[str, Runbook]:
    return load_runbooks(ROOT / "runbooks")


@pytest.fixture
async def world(manifest: dict[str, Any], runbooks: dict[str, Runbook]) -> AsyncIterator[World]:
    async with httpx2.AsyncClient(verify=tls.unused()) as http:
        yield World(manifest, runbooks, http)
