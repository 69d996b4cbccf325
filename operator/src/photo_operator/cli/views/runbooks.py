"""`photoplatform runbooks`: the runbooks of a platform, and errors of runbook files."""

from collections.abc import Mapping

import yaml

from photo_operator.cli.runbook_catalog import RunbookCatalog
from photo_operator.cli.views.base import View
from photo_operator.cli.views.executions import ExecutionView
from photo_operator.crds.platform import Platform, Remediation
from photo_operator.crds.runbook import Runbook
from photo_operator.crds.runbook_rules import InvalidRunbook, decode_runbook


class RunbookView(View, frozen=True):
    """One runbook."""

    alert: str
    source: str
    mode: str
    targets: list[str]
    steps: list[str]
    cooldown_left_seconds: float
    last: str
    summary: str


class RunbooksView(View, frozen=True):
    """`photoplatform runbooks`."""

    platform: str
    runbooks: list[RunbookView]
    malformed: dict[str, str]


def build_runbooks_view(platform: Platform, catalog: RunbookCatalog, last: Mapping[str, ExecutionView]) -> RunbooksView:
    """Return the runbooks; `last` is the last execution of each alert."""
    rows = [
        _row(runbook, catalog.sources[alert], platform.spec.remediation, last.get(alert))
        for alert, runbook in sorted(catalog.runbooks.items())
    ]
    return RunbooksView(platform=platform.metadata.name, runbooks=rows, malformed=catalog.malformed)


def _row(runbook: Runbook, source: str, remediation: Remediation, last: ExecutionView | None) -> RunbookView:
    cooldown = runbook.guards.cooldown_seconds
    since = last.seconds_since_end if last else None
    return RunbookView(
        alert=runbook.alert,
        source=source,
        mode=remediation.mode_of(runbook.alert).value,
        targets=[target.value for target in runbook.guards.targets],
        steps=[f"{step.leg.value} {step.name}: {step.description}" for step in runbook.steps],
        cooldown_left_seconds=0.0 if since is None else max(0.0, cooldown - since),
        last=f"{last.phase}, {last.age} ago" if last else "never",
        summary=runbook.summary,
    )


class CheckedRunbooks(View, frozen=True):
    """`photoplatform runbooks check`: alerts of valid runbooks, and errors as file, field and reason."""

    good: list[str]
    mistakes: list[str]


def build_checked_runbooks(files: Mapping[str, str]) -> CheckedRunbooks:
    """Return the errors of runbook files, given as file name -> text."""
    good: list[str] = []
    mistakes: list[str] = []
    for name, text in files.items():
        try:
            good.append(decode_runbook(yaml.safe_load(text) or {}, name).alert)
        except yaml.YAMLError as error:
            mistakes.append(f"{name}: {error}")
        except InvalidRunbook as error:
            mistakes.append(str(error))
    return CheckedRunbooks(good=good, mistakes=mistakes)
