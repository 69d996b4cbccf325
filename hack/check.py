"""`make check`: everything that needs no cluster, side by side, under a minute when warm.

Called by `python -m hack check` and by `make test` before anything slow. It changes no file.
"""

import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from hack import schemas

ROOT = Path(__file__).resolve().parent.parent
LONGEST_COMMAND = 300
BIN = Path(sys.executable).parent
_WITH_RULES = ("--set", "prometheusRule.enabled=true", "--set", "prometheusRule.labels.release=stack")
MEMBERS = ("core", "app", "workers", "operator")


@dataclass(frozen=True)
class Check:
    """One command that fails when a rule is broken."""

    name: str
    command: list[str]
    folder: Path = ROOT


@dataclass(frozen=True)
class Outcome:
    """What a check printed, and how long it took."""

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
        Check("unit tests", [f"{BIN}/pytest", "-q", "-m", "not real", "tests/unit", "tests/contract", "tests/repo"]),
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


def run_check(check: Check) -> Outcome:
    """Run one check to its end."""
    began = time.monotonic()
    done = subprocess.run(
        check.command, cwd=check.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return Outcome(check, done.returncode != 0, done.stdout, time.monotonic() - began)


def report(outcome: Outcome) -> None:
    """Print one line for what passed, everything for what failed."""
    print(f"[{outcome.seconds:5.1f}s] {'FAILED' if outcome.failed else 'ok    '} {outcome.check.name}", flush=True)
    if outcome.failed:
        command = textwrap.shorten(" ".join(outcome.check.command), LONGEST_COMMAND, placeholder=" ...")
        print(f"$ {command}\n{outcome.output}", flush=True)


def run_all(checks: list[Check]) -> int:
    """Run checks side by side and return the number that failed."""
    failed = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        for outcome in pool.map(run_check, checks):
            report(outcome)
            failed += outcome.failed
    return failed
