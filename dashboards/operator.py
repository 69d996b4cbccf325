"""Operator and runbooks: runbook executions, reconcile passes, API server calls and leadership."""

from dashboards.parts import (
    GREEN,
    HALF,
    PLATFORM,
    QUARTER,
    RED,
    SIXTH,
    THIRD,
    YELLOW,
    Board,
    Chart,
    Query,
    Section,
    Unit,
    states,
)
from dashboards.queries import quantile, quantiles, rate

OWN = "photoplatform_operator"


def _rate(counter: str, by: str = "") -> str:
    return rate(f"{OWN}_{counter}", by, selector="")


def _p99(histogram: str, by: str = "") -> str:
    return quantile(0.99, f"{OWN}_{histogram}", by, selector="")


RUNBOOKS = Section(
    "Runbooks",
    (
        states(
            "Phases of runbooks",
            "Phase of the newest execution of each runbook.",
            Query(f"{OWN}_runbook_phase{{{PLATFORM}}} or vector(0)", "{{runbook_name}} {{phase}}"),
        ).wide(),
        Chart(
            "Entered phases",
            "Phases that executions of all platforms entered in the last hour.",
            Unit.COUNT,
            (
                Query(
                    f"sum by (runbook, phase) (increase({OWN}_runbook_phases_total[1h])) or vector(0)",
                    "{{runbook}} {{phase}}",
                ),
            ),
            width=HALF,
        ),
        Chart(
            "Received alerts",
            "Alerts from Alertmanager by outcome, in the last hour.",
            Unit.COUNT,
            (Query(f"sum by (outcome) (increase({OWN}_alerts_total[1h])) or vector(0)", "{{outcome}}"),),
            width=HALF,
        ),
    ),
)
PASSES = Section(
    "Reconcile passes",
    (
        Chart(
            "Passes",
            "Reconcile passes per second by outcome.",
            Unit.PER_SECOND,
            (Query(_rate("reconcile_passes_total", by="outcome"), "{{outcome}}"),),
            width=THIRD,
        ),
        Chart(
            "Time of a pass",
            "Time of one reconcile pass, from reading the resource to writing its status.",
            Unit.SECONDS,
            quantiles(f"{OWN}_reconcile_seconds", selector=""),
            limits=((2, YELLOW),),
            width=THIRD,
        ),
        Chart(
            "Writes to child resources",
            "Writes per second by kind and verb. Usually there are none.",
            Unit.PER_SECOND,
            (Query(f"{_rate('changes_total', by='kind, verb')} or vector(0)", "{{verb}} {{kind}}"),),
            width=THIRD,
        ),
        Chart(
            "Calls to the API server",
            "Calls per second by verb.",
            Unit.REQUESTS,
            (Query(_rate("api_calls_total", by="verb"), "{{verb}}"),),
            width=QUARTER,
        ),
        Chart(
            "Calls by resource",
            "Calls to the API server per second by resource.",
            Unit.REQUESTS,
            (Query(_rate("api_calls_total", by="resource"), "{{resource}}"),),
            width=QUARTER,
        ),
        Chart(
            "Responses of the API server",
            "Responses per second by code, `none` if there was no response; and the seconds per second that platforms"
            " spent in back-off.",
            Unit.REQUESTS,
            (
                Query(_rate("api_calls_total", by="code"), "{{code}}"),
                Query(_rate("api_backoff_seconds_total"), "back-off"),
            ),
            width=QUARTER,
        ),
        Chart(
            "Time of a call",
            "99th percentile of the time of an API server call, by verb.",
            Unit.SECONDS,
            (Query(_p99("api_call_seconds", by="verb"), "{{verb}}"),),
            limits=((1, YELLOW),),
            width=QUARTER,
        ),
        Chart(
            "Reaction time",
            "Time from the event that requests a pass to the start of the pass. Simultaneous requests are one.",
            Unit.SECONDS,
            (Query(_p99("wake_seconds"), "p99"),),
            limits=((5, YELLOW),),
            width=THIRD,
        ),
        Chart(
            "Platforms",
            "Managed platforms, and platforms that wait for their pass.",
            Unit.COUNT,
            (Query(f"max({OWN}_platforms)", "managed"), Query(f"max({OWN}_wakes_waiting)", "waiting")),
            width=THIRD,
        ),
        Chart(
            "Events",
            "Kubernetes Events by outcome: created, counted on an earlier one, dropped or refused.",
            Unit.PER_SECOND,
            (Query(f"{_rate('events_total', by='outcome')} or vector(0)", "{{outcome}}"),),
            width=THIRD,
        ),
    ),
)
PROCESSES = Section(
    "Processes",
    (
        states(
            "Leader",
            "Replica that holds the Lease. There must be exactly one.",
            Query(f"{OWN}_leading", "{{pod}}"),
            GREEN,
        ),
        Chart(
            "Lease attempts",
            "Attempts to acquire or renew the Lease: held, held by another replica, or failed.",
            Unit.PER_SECOND,
            (Query(_rate("lease_attempts_total", by="outcome"), "{{outcome}}"),),
            width=QUARTER,
        ),
        Chart(
            "Time of a Lease attempt",
            "99th percentile. A leader that cannot renew within 10 s exits.",
            Unit.SECONDS,
            (Query(_p99("lease_attempt_seconds"), "p99"),),
            limits=((2, YELLOW), (10, RED)),
            width=QUARTER,
        ),
        Chart(
            "Leader epoch",
            "Number of changes of the leader.",
            Unit.COUNT,
            (Query(f"max({OWN}_leader_epoch)", "epoch"),),
            width=THIRD,
        ),
        Chart(
            "Event loop lag",
            "Delay of the event loop in the last second. A high value means that something blocks it.",
            Unit.SECONDS,
            (Query(f"max by (pod) ({OWN}_event_loop_lag_seconds)", "{{pod}}"),),
            limits=((1, YELLOW), (5, RED)),
            width=THIRD,
        ),
        Chart(
            "Memory",
            "Resident memory by replica. 120 MB should be enough for one platform.",
            Unit.BYTES,
            (Query('process_resident_memory_bytes{component="operator"}', "{{pod}}"),),
            limits=((120e6, YELLOW), (350e6, RED)),
            width=SIXTH,
        ),
        Chart(
            "CPU",
            "CPU cores in use, by replica.",
            Unit.COUNT,
            (Query('rate(process_cpu_seconds_total{component="operator"}[$__rate_interval])', "{{pod}}"),),
            width=SIXTH,
        ),
    ),
)
BOARD = Board(
    "operator",
    "PhotoPlatform / Operator and runbooks",
    "Runbook executions, reconcile passes, API server calls and leadership.",
    (RUNBOOKS, PASSES, PROCESSES),
)
