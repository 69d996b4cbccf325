import pytest
import typer

from bench.scaling.command import chosen, compare
from bench.scaling.traces import NAMED
from tests.unit.bench.scaling.scripted import small


def test_traces_are_chosen_by_name() -> None:
    assert [trace.name for trace in chosen(["ramp"])] == ["ramp"]
    assert len(chosen(None)) == len(NAMED)


def test_an_unknown_trace_is_refused() -> None:
    with pytest.raises(typer.BadParameter, match="no trace is called storm"):
        chosen(["storm", "ramp"])


def test_a_comparison_names_the_peer_that_it_was_made_with() -> None:
    run = compare([small((20.0,) * 60)], [])
    assert "KEDA" in run.scale
    assert {line.peer_name for line in run.lines if line.figure == "small"} <= {run.scale.partition("against ")[2]}
