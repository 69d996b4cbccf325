"""`make generate`: writes the reference pages and other generated files from the code's closed lists.

Called by `python -m hack generate`; tests/repo checks that the committed files are up to date.
"""

import inspect
import json
import re
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from prometheus_client import metrics as prometheus

from alerts.rules import ALERTS, read_rules
from alerts.slos import slo_rules
from dashboards import BOARDS
from dashboards.parts import build_dashboard
from hack import paths
from hack.command_pages import commands_page
from hack.crd_workers import crd_with_workers
from hack.versions import build_versioned_files
from photo_app.application import build_openapi
from photo_core import settings
from photo_core.engines.contract import contracts
from photo_core.messages import topics
from photo_core.telemetry import metrics
from photo_operator import signals, telemetry
from photo_operator.components.catalog import RECORDS, ComponentRecord, ScaledWorkerRecord
from photo_operator.crds import execution
from photo_operator.runbooks import journal
from photo_operator.status import measures

Json = dict[str, Any]
REFERENCE = paths.ROOT / "docs/reference"
CRDS = paths.ROOT / "charts/photoplatform-crds/templates"
PLATFORMS_CRD = CRDS / "photoplatforms.yaml"
DASHBOARDS = paths.ROOT / "dashboards/generated"
NOTE = "<!-- Written by `make generate`; edit the code that it comes from. -->\n"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *([str(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def comments_of(module: ModuleType | type) -> dict[str, str]:
    """Return name -> the comment after `NAME = ...` in the source of a module or class."""
    return dict(re.findall(r"^\s+([A-Z0-9_]+) = [^#\n]*?# (.*)$", inspect.getsource(module), re.MULTILINE))


def topics_page() -> str:
    """Return the page of topics with partitions, retention and consumers."""
    comments = comments_of(topics)
    rows = [
        (
            f"`{s.topic}`",
            s.partitions,
            f"{s.retention_ms // topics.HOUR_MS} h",
            ", ".join(group for topic, group in topics.SUBSCRIPTIONS if topic is s.topic),
            comments[s.topic.name],
        )
        for s in topics.TOPICS
    ]
    head = ("topic", "partitions", "retention", "consumer groups", "note")
    return f"# Topics\n\nNames are prefixed with `spec.engines.kafka.prefix`.\n\n{table(head, rows)}"


def components_page() -> str:
    """Every component that a platform deploys."""
    rows = [
        (
            f"`{record.component}`",
            record.description,
            ", ".join(record.engines),
            _bounds(record),
            " / ".join((record.cpu, *record.memory)),
        )
        for record in RECORDS.values()
    ]
    note = (
        "`app.kubernetes.io/component` of the Deployments, in the order in which a new version is rolled out; last the"
        " Job. Pods, CPU and memory are defaults that the spec overrides."
    )
    head = ("component", "what it does", "engines", "pods", "CPU request / memory request / limit")
    return f"# Components\n\n{note}\n\n{table(head, rows)}"


def _bounds(record: ComponentRecord) -> str:
    between = f"{record.replicas.min} to {record.replicas.max}"
    if isinstance(record, ScaledWorkerRecord):
        return f"{between}, by the lag of `{record.group}` in `{record.topic}`"
    if record.autoscaled:
        return f"{between}, by their CPU"
    return str(record.replicas.min)


def metrics_of(*modules: ModuleType) -> list[prometheus.MetricWrapperBase]:
    """Return the metrics that modules define, in order."""
    values = [value for module in modules for value in vars(module).values()]
    return [value for value in values if isinstance(value, prometheus.MetricWrapperBase)]


def metrics_table(*modules: ModuleType) -> str:
    """Return the metrics of modules with their kinds and labels."""
    rows = [
        (f"`{m._name}{'_total' if m._type == 'counter' else ''}`", m._type, ", ".join(m._labelnames), m._documentation)  # noqa: SLF001
        for m in metrics_of(*modules)
    ]
    return table(("metric", "kind", "labels", "meaning"), rows)


def metrics_page() -> str:
    """Return the page of metrics with their kinds and labels."""
    return (
        f"# Metrics\n\nServed on port {settings.METRICS_PORT} of every pod.\n\n{metrics_table(metrics)}\n"
        f"## Of the operator\n\nThe label `platform` is namespace and name.\n\n{metrics_table(telemetry, measures)}"
    )


def alerts_page() -> str:
    """Return the page of alerts and recorded series."""
    rules = read_rules()
    alerts = [
        (
            f"[{rule.alert}](../../runbooks/{rule.alert}/README.md)",
            rule.labels["severity"],
            f"`{' '.join(rule.expr.split())}`",
            rule.duration or "0s",
            rule.annotations["summary"],
        )
        for rule in rules
        if rule.alert
    ]
    recorded = [(f"`{name}`", area) for name, area in dict.fromkeys((r.record, r.area) for r in rules if r.record)]
    return (
        "# Alerts\n\nSeverity `page` wakes a person; `ticket` can wait for the morning.\n\n"
        f"{table(('alert', 'severity', 'condition', 'for', 'summary'), alerts)}\n"
        f"## Recorded series\n\n{table(('series', 'file'), recorded)}"
    )


def environment_page() -> str:
    """Return the page of environment variables."""
    of_engines = [variable for contract in contracts() for variable in contract.variables]
    rows = [
        (f"`{variable.value}`", comments_of(type(variable)).get(variable.name, ""))
        for variable in (*of_engines, *settings.Variable)
    ]
    head = "# Environment of the pods\n\nThe operator sets all of these variables."
    return f"{head}\n\n{table(('variable', 'meaning'), rows)}"


def fields(schema: Json, path: str) -> list[tuple[str, str, str, str]]:
    """Return path, type, default and description of every field of a schema."""
    rows: list[tuple[str, str, str, str]] = []
    for name, field in schema.get("properties", {}).items():
        here = f"{path}.{name}"
        default = json.dumps(field["default"]) if "default" in field else ""
        rows.append((f"`{here}`", field.get("type", "any"), default, field.get("description", "")))
        rows += fields(field, here) + fields(field.get("items", {}), f"{here}[]")
    return rows


def resources_page(platforms_crd: str) -> str:
    """Every field of every kind; `platforms_crd` is the text of the one that is generated in part."""
    parts = ["# Resources\n"]
    for path in sorted(CRDS.glob("*.yaml")):
        crd = yaml.load(platforms_crd if path == PLATFORMS_CRD else path.read_text(), yaml.CSafeLoader)
        schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
        rows = fields(schema["spec"], "spec") + fields(schema.get("status", {}), "status")
        parts.append(f"## {crd['spec']['names']['kind']}\n\n{table(('field', 'type', 'default', 'meaning'), rows)}")
    return "\n".join(parts)


def build_dashboards() -> dict[Path, str]:
    """Return the dashboards as Grafana reads them."""
    return {DASHBOARDS / f"{board.name}.json": json.dumps(build_dashboard(board), indent=1) + "\n" for board in BOARDS}


def signals_page() -> str:
    """Return the page of the signals that conditions of runbooks can use."""
    comments = comments_of(signals.Signal)
    rows = [(f"`{signal.value}`", comments.get(signal.name, "")) for signal in signals.Signal]
    head = (
        "A condition of a runbook compares a signal with a threshold. A signal that cannot be measured now is absent, "
        "and conditions on it are false."
    )
    return f"# Signals\n\n{head}\n\n{table(('signal', 'meaning'), rows)}"


def states_page() -> str:
    """Return the page of the state machine of executions, as a diagram and a table."""
    comments = comments_of(execution.Phase)
    transitions = [(before, after) for before, afters in journal.LEADS_TO.items() for after in afters]
    names = {None: "[*]"} | {phase: phase.value for phase in execution.Phase}
    lines = [f"    {names[before]} --> {names[after]}" for before, after in transitions]
    lines += [f"    {phase.value} --> [*]" for phase in execution.Phase if phase in journal.ENDED]
    picture = "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])
    rows = [(f"`{phase.value}`", comments.get(phase.name, ""), _steps_in_force(phase)) for phase in execution.Phase]
    cut = " and ".join(f"`{phase.value}`" for phase in journal.CUT_SHORT)
    note = (
        f"Every phase that has not ended can also go to {cut}: because of a full journal, or at the end of a dry run."
    )
    table_of_phases = table(("phase", "meaning", "steps in force"), rows)
    return f"# States of a RunbookExecution\n\n{picture}\n\n{note}\n\n{table_of_phases}"


def _steps_in_force(phase: execution.Phase) -> str:
    return "in force, with Leases on the targets" if phase in journal.ACTING else "none"


def build_pages() -> dict[Path, str]:
    """Return every file that is generated as a whole, with its content."""
    platforms_crd = crd_with_workers(PLATFORMS_CRD.read_text())
    pages = {
        "components.md": components_page(),
        "topics.md": topics_page(),
        "metrics.md": metrics_page(),
        "environment.md": environment_page(),
        "resources.md": resources_page(platforms_crd),
        "cli.md": commands_page(),
        "signals.md": signals_page(),
        "runbook-states.md": states_page(),
        "alerts.md": alerts_page(),
    }
    texts = {REFERENCE / name: NOTE + text for name, text in pages.items()}
    return (
        texts
        | build_dashboards()
        | {
            REFERENCE / "openapi.json": json.dumps(build_openapi(), indent=2) + "\n",
            ALERTS / "slo.rules.yaml": slo_rules(),
        }
    )


def build_completed_files() -> dict[Path, str]:
    """Return every file that people write and of which a part is generated, with its content."""
    return {PLATFORMS_CRD: crd_with_workers(PLATFORMS_CRD.read_text())} | build_versioned_files()


def generate() -> None:
    """Write the generated files and the generated parts of others."""
    for path, text in (build_pages() | build_completed_files()).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
