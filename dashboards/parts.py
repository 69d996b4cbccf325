"""Panels and dashboards as plain data, and the functions that turn them into Grafana's JSON with its SDK.

The other modules of this folder are tables of panels. This one knows no metric; tests check every query against the
lists of metrics, and every panel for its unit and description.
"""

import json
import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, statetimeline, timeseries
from grafana_foundation_sdk.builders.common import GraphThresholdsStyleConfig
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.common import GraphThresholdsStyleMode

# label selectors: metrics of the platform's own pods, and the operator's metrics about the platform
PODS = 'namespace="$namespace", instance_name="$platform"'
PLATFORM = 'platform="$namespace/$platform"'
GREEN, YELLOW, RED, BLUE, CLEAR = "green", "yellow", "red", "blue", "transparent"
HALF, THIRD, QUARTER, SIXTH, WHOLE = 12, 8, 6, 4, 24
Thresholds = Sequence[tuple[float, str]]
Panel = timeseries.Panel | stat.Panel | statetimeline.Panel


class Unit(Enum):
    """Units of panels, by their names in Grafana."""

    SECONDS = "s"
    PER_SECOND = "cps"
    REQUESTS = "reqps"
    SHARE = "percentunit"
    COUNT = "short"
    BYTES = "bytes"
    STATE = "bool_yes_no"


class Look(Enum):
    """Type of a panel in Grafana."""

    LINES = "timeseries"
    NUMBER = "stat"
    STATES = "state-timeline"


@dataclass(frozen=True)
class Query:
    """One query and the legend of its series."""

    expr: str
    legend: str


@dataclass(frozen=True)
class Chart:
    """One panel. `limits` are (value, colour) pairs, each valid from its value on; `below` is the colour under them."""

    title: str
    description: str
    unit: Unit
    queries: tuple[Query, ...]
    limits: Thresholds = ()
    below: str = GREEN
    look: Look = Look.LINES
    width: int = HALF

    def wide(self) -> "Chart":
        """Return the panel over the whole width of a dashboard."""
        return replace(self, width=WHOLE)


def states(title: str, description: str, query: Query, on: str = BLUE, off: str = CLEAR) -> Chart:
    """Return a panel of states over time: a series has the colour `on` while it is 1, and `off` while it is 0."""
    return Chart(title, description, Unit.STATE, (query,), limits=((1, on),), below=off, look=Look.STATES)


@dataclass(frozen=True)
class Section:
    """A row of panels under a heading."""

    title: str
    charts: tuple[Chart, ...]


@dataclass(frozen=True)
class Mark:
    """An annotation in all panels at each time when its query has a value; `text` may contain labels."""

    name: str
    expr: str
    text: str
    color: str


@dataclass(frozen=True)
class Board:
    """One dashboard; `name` is the name of its file and the end of its uid."""

    name: str
    title: str
    description: str
    sections: tuple[Section, ...]


# A change is a series that has a value now and had none 30 seconds ago.
MARKS = (
    Mark(
        "Feed mode",
        f"photoplatform_operator_feed_mode{{{PLATFORM}}} == 1"
        f" unless photoplatform_operator_feed_mode{{{PLATFORM}}} offset 30s == 1",
        "feeds: {{mode}}",
        "purple",
    ),
    Mark(
        "Runbooks",
        f"photoplatform_operator_runbook_phase{{{PLATFORM}}}"
        f" unless photoplatform_operator_runbook_phase{{{PLATFORM}}} offset 30s",
        "{{runbook_name}}: {{phase}}",
        "orange",
    ),
)


class _Marked(models.AnnotationQuery):
    """An annotation of a Prometheus query; the SDK lacks the fields for its texts."""

    text = ""

    def to_json(self) -> dict[str, object]:
        """Return the JSON of the SDK with the fields for the text added."""
        return super().to_json() | {"titleFormat": self.name, "textFormat": self.text, "step": "10s"}


class _MarkBuilder(Builder[models.AnnotationQuery]):
    def __init__(self, mark: Mark) -> None:
        self._mark = mark

    def build(self) -> models.AnnotationQuery:
        """Return the annotation."""
        mark = self._mark
        built = _Marked(name=mark.name, datasource=_source(), icon_color=mark.color, expr=mark.expr)
        built.text = mark.text
        return built


def _source() -> models.DataSourceRef:
    return models.DataSourceRef(type_val="prometheus", uid="$datasource")


def _target(letter: str, query: Query) -> prometheus.Dataquery:
    return prometheus.Dataquery().ref_id(letter).expr(query.expr).legend_format(query.legend).datasource(_source())


def _thresholds(chart: Chart) -> dashboard.ThresholdsConfig:
    steps = [models.Threshold(None, chart.below), *(models.Threshold(value, color) for value, color in chart.limits)]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _lines(chart: Chart) -> timeseries.Panel:
    panel = timeseries.Panel().fill_opacity(8).height(8).min(0)
    if chart.limits:
        panel.thresholds_style(GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED))
    return panel


def build_panel(chart: Chart) -> Panel:
    """Return a chart as a Grafana panel."""
    panel: Panel
    if chart.look is Look.LINES:
        panel = _lines(chart)
    elif chart.look is Look.NUMBER:
        panel = stat.Panel().height(4)
    else:
        panel = statetimeline.Panel().height(7)
    panel.title(chart.title).description(chart.description).unit(chart.unit.value).span(chart.width)
    panel.datasource(_source()).thresholds(_thresholds(chart))
    for letter, query in zip(string.ascii_uppercase, chart.queries, strict=False):
        panel.with_target(_target(letter, query))
    return panel


def _variable(name: str, label: str, query: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .query(query)
        .datasource(_source())
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )


def build_dashboard(board: Board) -> dict[str, Any]:
    """Return the JSON model that Grafana imports."""
    built = (
        dashboard.Dashboard(board.title)
        .uid(f"photoplatform-{board.name}")
        .description(board.description)
        .tags(["photoplatform"])
        .readonly()
        .time("now-1h", "now")
        .refresh("30s")
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .with_variable(_variable("namespace", "Namespace", "label_values(http_requests_total, namespace)"))
        .with_variable(
            _variable(
                "platform", "Platform", 'label_values(http_requests_total{namespace="$namespace"}, instance_name)'
            )
        )
    )
    for mark in MARKS:
        built.annotation(_MarkBuilder(mark))
    for section in board.sections:
        built.with_row(dashboard.Row(section.title))
        for chart in section.charts:
            built.with_panel(build_panel(chart))
    model: dict[str, Any] = json.loads(json.dumps(built.build(), cls=JSONEncoder))
    return model
