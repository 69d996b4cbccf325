"""The shell is told names of the cluster, and nothing where it does not answer."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from photo_operator.cli.lookups import SCALED_BY_NAME
from photo_operator.cli.main import app
from tests.unit.operator.cli.conftest import Complete


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("photoplatform sta", ["status"]),
        ("photoplatform explain ", ["scale", "mode", "runbook"]),
        ("photoplatform -n photos status d", ["demo"]),
        ("photoplatform -n photos status x", []),
        ("photoplatform -n photos explain scale ", [*SCALED_BY_NAME, "demo"]),
        ("photoplatform -n photos explain scale im", ["imageEncode", "image-encode"]),
        ("photoplatform -n photos explain scale fanout ", ["demo"]),
        ("photoplatform -n photos replay demo-feed", ["demo-feedcachedown-1"]),
        ("photoplatform -n photos drill Feed", ["FeedCacheDown"]),
    ],
)
def test_names_are_completed(complete: Complete, built_ins: None, words: str, completed: list[str]) -> None:
    del built_ins
    assert complete(words) == completed


def test_without_a_cluster_nothing_is_completed_and_nothing_is_said(tmp_path: Path) -> None:
    words = f"photoplatform --kubeconfig {tmp_path}/nowhere status d"
    asked = {"_PHOTOPLATFORM_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": "4"}
    result = CliRunner().invoke(app, [], prog_name="photoplatform", env=asked)
    assert (result.stdout.strip(), result.stderr) == ("", "")
