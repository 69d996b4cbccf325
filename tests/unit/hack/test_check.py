import sys

import pytest

from hack.check import Check, RunningCheck, describe_running, run_all


def _python(name: str, code: str) -> Check:
    return Check(name, [sys.executable, "-c", code])


def test_a_check_is_announced_when_it_starts_and_when_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_all([_python("quick", "print('details')")]) == 0
    started, ended = capsys.readouterr().out.splitlines()
    assert started == "[  start] quick"
    assert ended.endswith("s] ok quick")


def test_the_output_of_a_failed_check_is_printed_and_the_check_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_all([_python("broken", "raise SystemExit('why it failed')"), _python("good", "")]) == 1
    printed = capsys.readouterr().out
    assert "] FAILED broken\n$ " in printed
    assert "why it failed" in printed
    assert "] ok good\n" in printed


def test_a_check_that_ended_is_reported_while_a_slower_one_still_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_all([_python("slow", "import time; time.sleep(1)"), _python("quick", "")]) == 0
    printed = capsys.readouterr().out
    assert printed.index("ok quick") < printed.index("ok slow")


def test_running_checks_are_named_while_nothing_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_all([_python("slow", "import time; time.sleep(1)")], heartbeat_seconds=0.2) == 0
    assert "still running: slow (0 s)\n" in capsys.readouterr().out


def test_the_heartbeat_says_how_long_each_check_has_run_and_how_far_pytest_is() -> None:
    tests = RunningCheck("unit tests", 100.0, ["......... [  4%]\n", "......... [ 42%]\n", "a warning\n"])
    assert (
        describe_running([tests, RunningCheck("types", 130.5)], 142.0)
        == "still running: unit tests (42 s, 42 %), types (12 s)"
    )
