"""Grafana's files as they are installed: their panels, and the queries with Grafana's variables filled in."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from hack.generate import DASHBOARDS

VARIABLES = {"$namespace": "photos", "$platform": "demo", "$__rate_interval": "1m"}


class Asked(NamedTuple):
    """One query of one panel."""

    board: str
    panel: str
    legend: str
    expr: str


def boards() -> dict[str, dict[str, Any]]:
    """Return name -> content of every file."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))}


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the panels of a dashboard without the headings."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def filled(expr: str) -> str:
    """Return a query as Grafana would send it for the sample."""
    for name, value in VARIABLES.items():
        expr = expr.replace(name, value)
    return expr


def queries() -> Iterator[Asked]:
    """Return every query of every panel, and those of the marks across them."""
    for name, board in boards().items():
        for panel in panels(board):
            for target in panel["targets"]:
                yield Asked(name, panel["title"], target["legendFormat"], filled(target["expr"]))


def marks() -> Iterator[Asked]:
    """Return the queries of what is drawn across all panels."""
    for name, board in boards().items():
        for mark in board["annotations"]["list"]:
            yield Asked(name, mark["name"], mark["textFormat"], filled(mark["expr"]))
