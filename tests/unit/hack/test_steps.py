from pathlib import Path

import pytest

from hack.commands import run
from hack.steps import StepError, step, wait_until


def test_a_failed_program_names_the_step_and_the_log(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    with pytest.raises(StepError) as raised, step("do it"):
        run(["sh", "-c", "echo because >&2; exit 3"], log=log)
    assert raised.value.title == "do it"
    assert "because" in raised.value.reason
    assert raised.value.log == log
    assert "because" in log.read_text()


def test_the_innermost_step_is_the_one_named() -> None:
    with pytest.raises(StepError) as raised, step("outer"), step("inner"):
        raise TimeoutError("never ready")
    assert raised.value.title == "inner"


def test_steps_print_the_elapsed_time(capsys: pytest.CaptureFixture[str]) -> None:
    with step("a step"):
        pass
    assert capsys.readouterr().out.endswith("s] a step\n")


def test_waiting_ends_with_what_was_waited_for() -> None:
    with pytest.raises(TimeoutError, match="the moon is full"):
        wait_until(lambda: False, seconds=0, what="the moon is full")
