from pathlib import Path

import msgspec
import pytest

from bench.report import Run
from bench.scaling.contenders import PEERS
from bench.scaling.lines import build_lines
from bench.scaling.results import save, show
from bench.scaling.runs import TraceResult
from bench.scaling.score import Score
from tests.unit.bench.scaling.scripted import small

PLAYED = TraceResult(small((1.0,)), {name: Score(late_seconds=3) for name in ("ours", *(peer.name for peer in PEERS))})
RUN = Run("simulated time", "one trace", "2026-11-29 01:00 UTC", 1.0, tuple(build_lines([PLAYED], [], PEERS, "ours")))


def test_a_run_is_kept_as_a_table_as_data_and_as_pictures(tmp_path: Path) -> None:
    save(RUN, tmp_path)
    assert msgspec.json.decode((tmp_path / "scaling.json").read_bytes(), type=Run) == RUN
    assert "| all named | lost deliveries |" in (tmp_path / "scaling.md").read_text()
    assert {path.name for path in tmp_path.glob("*.svg")} == {
        "bench-scaling-late.svg",
        "bench-scaling-workers.svg",
        "bench-scaling-cost.svg",
    }


def test_a_run_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    show(RUN)
    assert "scaling by Kafka lag" in capsys.readouterr().out
