"""The service level objectives as data, and the Prometheus rules that follow from them.

Written to alerts/slo.rules.yaml by `python -m hack generate`. An error budget is spent at a rate; the rules page where
a long and a short window agree that it is spent too fast, so that a page comes soon and ends soon. What a rule says in
words is the same for all; what is measured stands in the table.
"""

from dataclasses import dataclass
from typing import Any

import yaml

Json = dict[str, Any]
NOTE = "# Written by `make generate` from hack/slos.py.\n"
BY = "sum by (namespace, instance_name)"
# Below so many lost events in the long window nobody is called: a share of next to nothing says nothing.
FEWEST_LOST = 10
BUDGET_DAYS = 30
RATE = "5m"
INTERVAL = 30  # seconds between two evaluations


@dataclass(frozen=True)
class Slo:
    """One objective: of the events that `total` counts (a counter's rate, summed), those in `errors` were not good.

    `name` stands in the label `slo`, `alert` names the alert and its folder below runbooks/, `objective` is the share
    that has to be good, `lost` says in words what an error is.
    """

    name: str
    alert: str
    objective: float
    total: str
    errors: str
    lost: str

    @property
    def budget(self) -> float:
        """Return the share of events that may be lost."""
        return round(1 - self.objective, 6)


@dataclass(frozen=True)
class Burn:
    """A pace at which the budget of thirty days is spent, and the two windows that have to agree."""

    factor: float
    long: str
    short: str
    severity: str


def rate(*selectors: str) -> str:
    """Return the summed rate of counters."""
    return f"{BY} ({' or '.join(f'rate({selector}[{RATE}])' for selector in selectors)})"


def slower(histogram: str, bound: str) -> str:
    """Return the rate of what took longer than a bucket's bound."""
    return f'{rate(f"{histogram}_count")} - {rate(f"""{histogram}_bucket{{le="{bound}"}}""")}'


# Answers of 500 and above are lost; 4xx are the caller's. A shed request (503) is one that a user did not get.
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

# 2 % of the month's budget in an hour, 5 % in six, 10 % in a day, and what would just use it up.
BURNS = (
    Burn(14.4, "1h", "5m", "page"),
    Burn(6, "6h", "30m", "page"),
    Burn(3, "1d", "2h", "ticket"),
    Burn(1, "3d", "6h", "ticket"),
)
WINDOWS = ("30m", "1h", "2h", "6h", "1d", "3d")


def build_rates(slo: Slo) -> list[Json]:
    """Return what is recorded of the counters themselves; where no error was counted yet there are 0."""
    labels = {"slo": slo.name}
    errors = f"({slo.errors}) or 0 * {slo.total}"
    return [
        {"record": f"slo:requests:rate{RATE}", "expr": slo.total, "labels": labels},
        {"record": f"slo:errors:rate{RATE}", "expr": errors, "labels": labels},
    ]


def build_windows() -> list[Json]:
    """Return the longer windows, for all objectives at once: averages of recorded rates weigh busy hours as such."""
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
    # a sum and not a rate times the window: a platform that is young has not lost what it did not live through
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
    """Return how fast the budget is spent, and what is left of it."""
    # one sample of each five minutes' rate is all of it, and a tenth of the samples that there are
    month = f'{{slo="{slo.name}"}}[{BUDGET_DAYS}d:{RATE}]'
    spent = f"sum_over_time(slo:errors:rate{RATE}{month}) / (sum_over_time(slo:requests:rate{RATE}{month}) > 0)"
    burn = f'slo:error_ratio:rate1h{{slo="{slo.name}"}} / {slo.budget:g}'
    labels = {"slo": slo.name}
    return [
        {"record": "slo:burn_rate:1h", "expr": burn, "labels": labels},
        {"record": "slo:error_budget:left", "expr": f"1 - ({spent}) / {slo.budget:g}", "labels": labels},
    ]


def build_alert(slo: Slo, burn: Burn) -> Json:
    """Return the rule that calls somebody while a budget is spent at a pace."""
    allowed = f"{burn.factor * slo.budget:g}"
    chosen = f'{{slo="{slo.name}"}}'
    expr = (
        f"slo:error_ratio:rate{burn.long}{chosen} > {allowed}"
        f" and slo:error_ratio:rate{burn.short}{chosen} > {allowed}"
        f" and slo:errors:increase{burn.long}{chosen} > {FEWEST_LOST}"
    )
    described = (
        f"{{{{ $value | humanizePercentage }}}} over {burn.long}, where {slo.budget * 100:g} % are allowed:"
        f" {burn.factor:g} times the pace that uses up {BUDGET_DAYS} days' budget, and so it is over {burn.short}."
    )
    return {
        "alert": slo.alert,
        "expr": expr,
        "labels": {"severity": burn.severity, "window": burn.long},
        "annotations": {
            "summary": f"Too many {slo.lost} on {{{{ $labels.instance_name }}}}.",
            "description": described,
            "runbook": slo.alert,
            "runbook_url": f"runbooks/{slo.alert}/README.md",
        },
    }


def build_groups() -> Json:
    """Return the content of the file of rules."""
    recorded = [rule for slo in SLOS for rule in build_rates(slo)]
    budgets = [rule for slo in SLOS for rule in build_budget(slo)]
    alerts = [build_alert(slo, burn) for slo in SLOS for burn in BURNS]
    return {
        "groups": [
            # one group, since the rules of a group follow each other: no window lags behind what it is made of
            {"name": "slo", "interval": f"{INTERVAL}s", "rules": [*recorded, *build_windows(), *alerts]},
            {"name": "slo-budget", "interval": "1m", "rules": budgets},
        ]
    }


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, _data: object) -> bool:
        """Write every label where it stands."""
        return True


def slo_rules() -> str:
    """Return the text of alerts/slo.rules.yaml."""
    return NOTE + yaml.dump(build_groups(), Dumper=_Plain, sort_keys=False, width=1_000)
