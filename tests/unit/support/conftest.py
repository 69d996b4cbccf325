from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]


@pytest.fixture
def sample() -> dict[str, Any]:
    manifest: dict[str, Any] = yaml.safe_load((ROOT / "examples/photoplatform.yaml").read_text())
    manifest["metadata"] |= {"uid": "uid-demo"}
    return manifest
