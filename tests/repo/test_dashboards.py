"""Every panel can be read by who did not make it, and asks for series and labels that there are."""

import re
from typing import Any

import pytest

from dashboards import BOARDS
from dashboards.parts import Unit
from hack.generate import DASHBOARDS, metrics_of
from photo_core.telemetry import metrics
from photo_operator import telemetry
from photo_operator.status import measures
from tests.support.boards import Asked, boards, marks, panels, queries
from tests.support.promql import labels_of
from tests.support.series import RULES, known_series

KNOWN = known_series()
PANELS = [(name, panel) for name, board in boards().items() for panel in panels(board)]
LARGEST_CONFIG_MAP = 1 << 20
# units of which a person has to be told what is too much
JUDGED = {Unit.SECONDS.value, Unit.SHARE.value, Unit.STATE.value}

each_panel = pytest.mark.parametrize(
    "panel", [panel for _, panel in PANELS], ids=[f"{name}-{panel['title']}" for name, panel in PANELS]
)
each_query = pytest.mark.parametrize(
    "asked", [*queries(), *marks()], ids=lambda asked: f"{asked.board}-{asked.panel}-{asked.legend}"
)


@each_panel
def test_a_panel_says_what_it_shows_and_in_which_unit(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in {unit.value for unit in Unit}


@each_panel
def test_a_panel_has_thresholds_with_a_limit_where_something_can_be_too_much(panel: dict[str, Any]) -> None:
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    values = [step["value"] for step in steps]
    assert values[0] is None
    assert values[1:] == sorted(values[1:])
    assert len(steps) > 1 or panel["fieldConfig"]["defaults"]["unit"] not in JUDGED


@each_panel
def test_the_queries_of_a_panel_have_names_of_their_own(panel: dict[str, Any]) -> None:
    names = [target["refId"] for target in panel["targets"]]
    assert all(names)
    assert len(set(names)) == len(names) > 0


@each_query
def test_a_query_asks_for_series_and_labels_that_there_are(asked: Asked) -> None:
    labels = labels_of(asked.expr, KNOWN)
    assert set(re.findall(r"{{(\w+)}}", asked.legend)) <= labels


def test_every_metric_is_shown_or_alerted_on() -> None:
    read = "\n".join([*(asked.expr for asked in queries()), *(rule.expr for rule in RULES)])
    names = {metric._name for metric in metrics_of(metrics, telemetry, measures)}
    assert {
        name for name in names if not re.search(rf"(?<!\w){name}(_total|_bucket|_count|_sum)?(?!\w)", read)
    } == set()


def test_titles_differ_within_a_dashboard_and_names_between_them() -> None:
    for board in boards().values():
        titles = [panel["title"] for panel in panels(board)]
        assert len(set(titles)) == len(titles)
    assert len({board["uid"] for board in boards().values()}) == len(BOARDS)


def test_the_files_are_those_of_the_list_and_fit_into_a_config_map() -> None:
    sizes = {path.stem: path.stat().st_size for path in DASHBOARDS.glob("*")}
    assert sizes.keys() == {board.name for board in BOARDS}
    assert max(sizes.values()) < LARGEST_CONFIG_MAP
