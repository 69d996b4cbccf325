"""`make check`: everything that needs no cluster, side by side, with a line on what is running.

Called by `python -m hack check` and by `make test` before anything slow. It changes no file.
"""

import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from hack import schemas

ROOT = Path(__file__).resolve().parent.parent
LONGEST_COMMAND = 300
HEARTBEAT_SECONDS = 15.0  # the longest silence
_PYTEST_PROGRESS = re.compile(r"\[ *(\d+)%\]$")
BIN = Path(sys.executable).parent
_WITH_RULES = ("--set", "prometheusRule.enabled=true", "--set", "prometheusRule.labels.release=stack")
UNIT_TESTS = ("tests/unit", "tests/contract", "tests/repo")
TWO_PROCESSES = ("-n2", "--dist=worksteal")
MEMBERS = ("core", "app", "workers", "operator")


@dataclass(frozen=True)
class Check:
    """One command that fails when a rule is broken."""

    name: str
    command: list[str]
    folder: Path = ROOT


@dataclass(frozen=True)
class RunningCheck:
    """A check that has not ended, and the lines that it has printed so far."""

    name: str
    began: float
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """The output of a finished check, and how long it took."""

    check: Check
    failed: bool
    output: str
    seconds: float = field(compare=False)


def tracked(*patterns: str) -> list[str]:
    """Return the files of the repository that match, new ones included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def build_checks() -> list[Check]:
    """List every check; the slowest come first, so that they are not waited for alone."""
    python_sources = [f"{member}/src" for member in MEMBERS]
    return [
        Check("unit tests", [f"{BIN}/pytest", "-q", *TWO_PROCESSES, "-m", "not real", *UNIT_TESTS]),
        Check("types", [f"{BIN}/mypy", *python_sources, "hack", "bench", "dashboards", "tests"]),
        Check("lint", [f"{BIN}/ruff", "check", "."]),
        Check("format", [f"{BIN}/ruff", "format", "--check", "."]),
        Check("import layers", [f"{BIN}/lint-imports"]),
        *(Check(f"dependencies of {m}", [f"{BIN}/deptry", "src"], ROOT / m) for m in MEMBERS),
        Check("spelling", [f"{BIN}/codespell", *tracked("*.md", "*.py", "*.yaml", "*.sh", "*.toml")]),
        Check("lock file", [f"{ROOT}/.local/bin/uv", "lock", "--check", "--offline"]),
        Check("shell", [f"{BIN}/shellcheck", *tracked("*.sh", ".ci/run")]),
    ]


def build_artefact_checks() -> list[Check]:
    """List the checks of charts, resources and alerts; their tools are built by `make up`."""
    tools = ROOT / ".local/bin"
    charts = sorted(str(path.parent.relative_to(ROOT)) for path in ROOT.glob("charts/*/Chart.yaml"))
    rules = tracked("alerts/*.rules.yaml")
    return [
        *(Check(f"{chart} lints", [f"{tools}/helm", "lint", "--strict", chart]) for chart in charts),
        Check("the operator's chart lints with rules for the Prometheus operator", _linted(tools, *_WITH_RULES)),
        *(Check(f"{chart} renders what a cluster accepts", _rendered(tools, chart)) for chart in charts),
        Check(
            "the sample is what a cluster accepts", ["bash", "-c", f"{_conforms(tools)} < examples/photoplatform.yaml"]
        ),
        Check("alert rules", [f"{tools}/promtool", "check", "rules", *rules]),
        Check("alert behaviour", [f"{tools}/promtool", "test", "rules", *tracked("alerts/*_test.yaml")]),
    ]


def _linted(tools: Path, *options: str) -> list[str]:
    return [f"{tools}/helm", "lint", "--strict", "charts/photoplatform-operator", *options]


def _rendered(tools: Path, chart: str) -> list[str]:
    pipe = f'"{tools}/helm" template release "{chart}" | {_conforms(tools)}'
    return ["bash", "-o", "pipefail", "-c", pipe]


def _conforms(tools: Path) -> str:
    return f"'{tools}/kubeconform' -strict -summary -schema-location '{schemas.FOLDER}/{schemas.ONE_FILE_A_KIND}' -"


def run_all(checks: list[Check], heartbeat_seconds: float = HEARTBEAT_SECONDS) -> int:
    """Run checks side by side, say what is going on, and return the number that failed."""
    failed = 0
    running: dict[str, RunningCheck] = {}
    with ThreadPoolExecutor(max_workers=2) as pool:
        pending = {pool.submit(run_check, check, running) for check in checks}
        while pending:
            done, pending = wait(pending, heartbeat_seconds, FIRST_COMPLETED)
            if not done:
                _print_line(describe_running(list(running.values()), time.monotonic()))
            for future in done:
                report(future.result())
                failed += future.result().failed
    return failed


def run_check(check: Check, running: dict[str, RunningCheck]) -> Outcome:
    """Run one check to its end; it stands in `running` meanwhile."""
    began = time.monotonic()
    _print_line(f"[  start] {check.name}")
    with subprocess.Popen(
        check.command, cwd=check.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        current = running[check.name] = RunningCheck(check.name, began)
        current.lines.extend(process.stdout or ())
    del running[check.name]
    return Outcome(check, process.returncode != 0, "".join(current.lines), time.monotonic() - began)


def describe_running(running: Sequence[RunningCheck], now: float) -> str:
    """Return the line that says which checks are running, for how long, and how far those are that tell."""
    return "still running: " + ", ".join(
        f"{check.name} ({now - check.began:.0f} s{_describe_progress(check.lines)})" for check in running
    )


def _describe_progress(lines: Sequence[str]) -> str:
    found = [match[1] for line in lines if (match := _PYTEST_PROGRESS.search(line))]
    return f", {found[-1]} %" if found else ""


def report(outcome: Outcome) -> None:
    """Print one line for a check that passed, and the whole output of one that failed."""
    _print_line(f"[{outcome.seconds:6.1f}s] {'FAILED' if outcome.failed else 'ok'} {outcome.check.name}")
    if outcome.failed:
        command = textwrap.shorten(" ".join(outcome.check.command), LONGEST_COMMAND, placeholder=" ...")
        _print_line(f"$ {command}\n{outcome.output}")


def _print_line(text: str) -> None:
    """Print a line in one write, since two checks print at the same time."""
    print(f"{text}\n", end="", flush=True)
