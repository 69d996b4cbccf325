"""Reads PromQL: which labels the series of an expression have, refusing metrics and labels that nobody has.

Called by the tests of alerts/ and dashboards/ with the closed lists of metrics; it knows nothing of values.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import promql_parser as promql
from prometheus_client import metrics as prometheus

Labels = frozenset[str]
Known = Mapping[str, Labels]

# what discovery says of every pod that is scraped
TARGET: Labels = frozenset({"namespace", "instance_name", "pod", "component", "job", "instance"})
# what Prometheus and the Python client say of every process
EVERYWHERE = ("up", "process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds")
SET_OPERATIONS = ("and", "unless")


class UnknownName(AssertionError):
    """A query names a metric or a label that nobody has."""


def known_metrics(metrics: Iterable[prometheus.MetricWrapperBase]) -> dict[str, Labels]:
    """Return series name -> labels of metrics as Prometheus shows them."""
    known = dict.fromkeys(EVERYWHERE, TARGET)
    for metric in metrics:
        labels = TARGET | set(metric._labelnames)
        if metric._type == "histogram":
            known |= {f"{metric._name}_count": labels, f"{metric._name}_sum": labels}
            known[f"{metric._name}_bucket"] = labels | {"le"}
        else:
            known[f"{metric._name}_total" if metric._type == "counter" else metric._name] = labels
    return known


def labels_of(query: str, known: Known) -> Labels:
    """Return the labels of a query's series.

    Raises:
        UnknownName: it names what nobody has.
        ValueError: it is no PromQL.
    """
    return _labels(promql.parse(query), known, query)


def _labels(expr: Any, known: Known, query: str) -> Labels:
    for kind, read in READERS.items():
        if isinstance(expr, kind):
            return read(expr, known, query)
    return frozenset()


def _require(names: Iterable[str], labels: Labels, query: str) -> None:
    wrong = sorted(set(names) - labels)
    if wrong:
        raise UnknownName(f"{', '.join(wrong)}: no such label in {query}; there are {', '.join(sorted(labels))}")


def _selected(selector: Any, known: Known, query: str) -> Labels:
    if selector.name not in known:
        raise UnknownName(f"{selector.name}: no such series, in {query}")
    labels = known[selector.name]
    _require((matcher.name for matcher in selector.matchers.matchers), labels, query)
    return labels


def _selected_over_time(expr: Any, known: Known, query: str) -> Labels:
    return _selected(expr.vector_selector, known, query)


def _inside(expr: Any, known: Known, query: str) -> Labels:
    return _labels(expr.expr, known, query)


def _aggregated(expr: Any, known: Known, query: str) -> Labels:
    labels = _labels(expr.expr, known, query)
    if str(expr.op) in {"topk", "bottomk"}:
        return labels
    if expr.modifier is None:
        return frozenset()
    named = frozenset(expr.modifier.labels)
    _require(named, labels, query)
    return named if expr.modifier.type == promql.AggModifierType.By else labels - named


def _combined(expr: Any, known: Known, query: str) -> Labels:
    left, right = _labels(expr.lhs, known, query), _labels(expr.rhs, known, query)
    if expr.modifier is not None and expr.modifier.matching is not None:
        for side in (left, right):
            _require(expr.modifier.matching.labels, side, query)
    operator = str(expr.op)
    if operator in SET_OPERATIONS or not right:
        return left
    if operator == "or" or not left:
        return left | right
    return left & right if expr.modifier is None or not expr.modifier.group_labels else left | right


def _called(expr: Any, known: Known, query: str) -> Labels:
    inner = [_labels(argument, known, query) for argument in expr.args]
    labels = frozenset[str]().union(*inner)
    name = expr.func.name
    if name in {"absent", "vector", "time"}:
        return frozenset()
    if name == "label_replace":
        _, made, _, source, _ = expr.args
        _require([source.val], labels, query)
        return labels | {made.val}
    if name == "histogram_quantile":
        _require(["le"], labels, query)
        return labels - {"le"}
    return labels


# a number or a string, which is none of these, has no labels
READERS: dict[type, Callable[[Any, Known, str], Labels]] = {
    promql.VectorSelector: _selected,
    promql.MatrixSelector: _selected_over_time,
    promql.AggregateExpr: _aggregated,
    promql.BinaryExpr: _combined,
    promql.Call: _called,
    promql.ParenExpr: _inside,
    promql.UnaryExpr: _inside,
    promql.SubqueryExpr: _inside,
}
