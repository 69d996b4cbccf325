"""The service level objectives as data, and the Prometheus rules that are generated from them.

`make generate` writes the rules to alerts/slo.rules.yaml. They are multi-window burn-rate alerts: an alert fires if the
error budget is spent too fast over a long window and over a short one, so that it fires soon after a fault begins and
stops soon after it ends. To add an objective, add a row to SLOS and a folder to runbooks/.
"""

from dataclasses import dataclass
from typing import Any

import yaml

Json = dict[str, Any]
NOTE = "# Written by `make generate` from alerts/slos.py.\n"
BY = "sum by (namespace, instance_name)"
# An alert needs this many bad events in the long window: with little traffic an error ratio means little.
MIN_ERRORS = 10
BUDGET_DAYS = 30
RATE = "5m"  # window of the recorded rates
INTERVAL = 30  # seconds between evaluations


@dataclass(frozen=True)
class Slo:
    """One service level objective: the share of events that have to be good.

    Attributes:
        name: value of the label `slo`.
        alert: name of the alert, and of its folder in runbooks/.
        objective: the share of good events, such as 0.999.
        total: PromQL expression for the rate of all events.
        errors: PromQL expression for the rate of bad events.
        error: what a bad event is, for the alert's summary.
    """

    name: str
    alert: str
    objective: float
    total: str
    errors: str
    error: str

    @property
    def budget(self) -> float:
        """Return the share of events that may be bad."""
        return round(1 - self.objective, 6)


@dataclass(frozen=True)
class Burn:
    """A burn rate of the 30-day error budget, the two windows in which it has to be exceeded, and the severity."""

    factor: float
    long: str
    short: str
    severity: str


def rate(*selectors: str) -> str:
    """Return the PromQL expression for the summed rate of counters."""
    return f"{BY} ({' or '.join(f'rate({selector}[{RATE}])' for selector in selectors)})"


def slower(histogram: str, bound: str) -> str:
    """Return the PromQL expression for the rate of observations above a bucket's upper bound."""
    return f'{rate(f"{histogram}_count")} - {rate(f"""{histogram}_bucket{{le="{bound}"}}""")}'


# Responses from 500 are errors, which includes shed requests (503). 4xx are errors of the caller.
SLOS = (
    Slo(
        "feed-availability",
        "FeedAvailabilityBurn",
        0.9999,
        rate('http_requests_total{route="/feed"}'),
        rate('http_requests_total{route="/feed", status=~"5.."}'),
        "feed requests fail",
    ),
    Slo(
        "feed-latency",
        "FeedLatencyBurn",
        0.99,
        rate("feed_latency_seconds_count"),
        slower("feed_latency_seconds", "0.2"),
        "feed pages take longer than 200 ms",
    ),
    Slo(
        "upload-availability",
        "UploadAvailabilityBurn",
        0.999,
        rate('http_requests_total{route="/media/upload/init"}'),
        rate(
            'http_requests_total{route="/media/upload/init", status=~"5.."}',
            'worker_messages_total{group="image-encode", outcome="dead"}',
        ),
        "uploads are refused or lost",
    ),
    Slo(
        "upload-latency",
        "UploadLatencyBurn",
        0.99,
        rate("upload_duration_seconds_count"),
        slower("upload_duration_seconds", "5.0"),
        "uploads take longer than 5 s until they are ready",
    ),
    Slo(
        "like-latency",
        "LikeLatencyBurn",
        0.99,
        rate("like_latency_seconds_count"),
        slower("like_latency_seconds", "0.1"),
        "likes take longer than 100 ms",
    ),
)

# 2 % of the 30-day budget in 1 h, 5 % in 6 h, 10 % in 1 d, and the rate that uses up the whole budget in 30 days.
BURNS = (
    Burn(14.4, "1h", "5m", "page"),
    Burn(6, "6h", "30m", "page"),
    Burn(3, "1d", "2h", "ticket"),
    Burn(1, "3d", "6h", "ticket"),
)
WINDOWS = ("30m", "1h", "2h", "6h", "1d", "3d")


def build_rates(slo: Slo) -> list[Json]:
    """Return the recording rules for one objective's rates; a missing error counter counts as 0 errors."""
    labels = {"slo": slo.name}
    errors = f"({slo.errors}) or 0 * {slo.total}"
    return [
        {"record": f"slo:requests:rate{RATE}", "expr": slo.total, "labels": labels},
        {"record": f"slo:errors:rate{RATE}", "expr": errors, "labels": labels},
    ]


def build_windows() -> list[Json]:
    """Return the recording rules for error ratios over longer windows, for all objectives.

    Both rates are averaged before they are divided, so that busy hours weigh more than quiet ones.
    """
    rules: list[Json] = [{"record": f"slo:error_ratio:rate{RATE}", "expr": _ratio(RATE)}]
    for window in WINDOWS:
        rules += [
            {
                "record": f"slo:{what}:rate{window}",
                "expr": f"avg_over_time(slo:{what}:rate{RATE}[{window}])",
            }
            for what in ("requests", "errors")
        ]
        rules.append({"record": f"slo:error_ratio:rate{window}", "expr": _ratio(window)})
    # A sum of samples, not a rate times the window: a platform younger than the window has fewer samples.
    return rules + [
        {
            "record": f"slo:errors:increase{burn.long}",
            "expr": f"sum_over_time(slo:errors:rate{RATE}[{burn.long}]) * {INTERVAL}",
        }
        for burn in BURNS
    ]


def _ratio(window: str) -> str:
    return f"slo:errors:rate{window} / (slo:requests:rate{window} > 0)"


def build_budget(slo: Slo) -> list[Json]:
    """Return the recording rules for the burn rate and for the remaining error budget."""
    # One sample every five minutes covers every five-minute rate once, with a tenth of the samples.
    month = f'{{slo="{slo.name}"}}[{BUDGET_DAYS}d:{RATE}]'
    spent = f"sum_over_time(slo:errors:rate{RATE}{month}) / (sum_over_time(slo:requests:rate{RATE}{month}) > 0)"
    burn = f'slo:error_ratio:rate1h{{slo="{slo.name}"}} / {slo.budget:g}'
    labels = {"slo": slo.name}
    return [
        {"record": "slo:burn_rate:1h", "expr": burn, "labels": labels},
        {"record": "slo:error_budget:left", "expr": f"1 - ({spent}) / {slo.budget:g}", "labels": labels},
    ]


def build_alert(slo: Slo, burn: Burn) -> Json:
    """Return the alerting rule for one objective and one burn rate."""
    allowed = f"{burn.factor * slo.budget:g}"
    chosen = f'{{slo="{slo.name}"}}'
    expr = (
        f"slo:error_ratio:rate{burn.long}{chosen} > {allowed}"
        f" and slo:error_ratio:rate{burn.short}{chosen} > {allowed}"
        f" and slo:errors:increase{burn.long}{chosen} > {MIN_ERRORS}"
    )
    described = (
        f"{{{{ $value | humanizePercentage }}}} over {burn.long}; the objective allows {slo.budget * 100:g} %."
        f" The error budget burns at more than {burn.factor:g} times the rate that would last {BUDGET_DAYS} days,"
        f" over {burn.long} and over {burn.short}."
    )
    return {
        "alert": slo.alert,
        "expr": expr,
        "labels": {"severity": burn.severity, "window": burn.long},
        "annotations": {
            "summary": f"Too many {slo.error} on {{{{ $labels.instance_name }}}}.",
            "description": described,
            "runbook": slo.alert,
            "runbook_url": f"runbooks/{slo.alert}/README.md",
        },
    }


def build_groups() -> Json:
    """Return the content of the rules file."""
    recorded = [rule for slo in SLOS for rule in build_rates(slo)]
    budgets = [rule for slo in SLOS for rule in build_budget(slo)]
    alerts = [build_alert(slo, burn) for slo in SLOS for burn in BURNS]
    return {
        "groups": [
            # Rules of one group are evaluated in order, so no window lags behind the rates it is computed from.
            {"name": "slo", "interval": f"{INTERVAL}s", "rules": [*recorded, *build_windows(), *alerts]},
            {"name": "slo-budget", "interval": "1m", "rules": budgets},
        ]
    }


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, _data: object) -> bool:
        """Repeat equal values instead of writing YAML anchors."""
        return True


def slo_rules() -> str:
    """Return the text of alerts/slo.rules.yaml."""
    return NOTE + yaml.dump(build_groups(), Dumper=_Plain, sort_keys=False, width=1_000)
