"""The operator: who leads, how passes go, what it asks of the API server, and the history of runbooks."""

from dashboards.parts import (
    BLUE,
    CLEAR,
    GREEN,
    HALF,
    PLATFORM,
    QUARTER,
    RED,
    SIXTH,
    THIRD,
    WHOLE,
    YELLOW,
    Board,
    Chart,
    Look,
    Query,
    Section,
    Unit,
)

OWN = "photoplatform_operator"
RATE = "[$__rate_interval]"
RUNBOOKS = Section(
    "Runbooks",
    (
        Chart(
            "Where runbooks are",
            "The phase of each runbook's newest execution; empty until there was one.",
            Unit.STATE,
            (Query(f"{OWN}_runbook_phase{{{PLATFORM}}} or vector(0)", "{{runbook_name}} {{phase}}"),),
            limits=((1, BLUE),),
            below=CLEAR,
            look=Look.STATES,
            width=WHOLE,
        ),
        Chart(
            "Phases entered",
            "Of the executions of all platforms, in the last hour.",
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
            "Alerts taken from Alertmanager",
            "By what became of them, in the last hour.",
            Unit.COUNT,
            (Query(f"sum by (outcome) (increase({OWN}_alerts_total[1h])) or vector(0)", "{{outcome}}"),),
            width=HALF,
        ),
    ),
)
PASSES = Section(
    "Passes",
    (
        Chart(
            "Passes",
            "Passes a second by how they ended.",
            Unit.PER_SECOND,
            (Query(f"sum by (outcome) (rate({OWN}_reconcile_passes_total{RATE}))", "{{outcome}}"),),
            width=THIRD,
        ),
        Chart(
            "Time of a pass",
            "From reading the resource to writing its status.",
            Unit.SECONDS,
            tuple(
                Query(
                    f"histogram_quantile({share}, sum by (le) (rate({OWN}_reconcile_seconds_bucket{RATE})))",
                    name,
                )
                for name, share in (("p99", 0.99), ("p50", 0.5))
            ),
            limits=((2, YELLOW),),
            width=THIRD,
        ),
        Chart(
            "Children written",
            "By kind and verb; none while nothing changes.",
            Unit.PER_SECOND,
            (Query(f"sum by (kind, verb) (rate({OWN}_changes_total{RATE})) or vector(0)", "{{verb}} {{kind}}"),),
            width=THIRD,
        ),
        Chart(
            "Calls to the API server",
            "A second, by verb.",
            Unit.REQUESTS,
            (Query(f"sum by (verb) (rate({OWN}_api_calls_total{RATE}))", "{{verb}}"),),
            width=QUARTER,
        ),
        Chart(
            "Calls by resource",
            "What is asked for and written.",
            Unit.REQUESTS,
            (Query(f"sum by (resource) (rate({OWN}_api_calls_total{RATE}))", "{{resource}}"),),
            width=QUARTER,
        ),
        Chart(
            "Answers of the API server",
            "By code; `none` where it gave none. What it cost to leave it alone then, in seconds a second.",
            Unit.REQUESTS,
            (
                Query(f"sum by (code) (rate({OWN}_api_calls_total{RATE}))", "{{code}}"),
                Query(f"sum(rate({OWN}_api_backoff_seconds_total{RATE}))", "left alone"),
            ),
            width=QUARTER,
        ),
        Chart(
            "Time of a call",
            "The 99th percentile by verb.",
            Unit.SECONDS,
            (
                Query(
                    f"histogram_quantile(0.99, sum by (verb, le) (rate({OWN}_api_call_seconds_bucket{RATE})))",
                    "{{verb}}",
                ),
            ),
            limits=((1, YELLOW),),
            width=QUARTER,
        ),
        Chart(
            "Time until a wake is served",
            "From what woke a platform to its pass; many wakes at once are one.",
            Unit.SECONDS,
            (Query(f"histogram_quantile(0.99, sum by (le) (rate({OWN}_wake_seconds_bucket{RATE})))", "p99"),),
            limits=((5, YELLOW),),
            width=THIRD,
        ),
        Chart(
            "Platforms",
            "Served, and woken without having had their pass.",
            Unit.COUNT,
            (Query(f"max({OWN}_platforms)", "served"), Query(f"max({OWN}_wakes_waiting)", "waiting")),
            width=THIRD,
        ),
        Chart(
            "Events",
            "Kubernetes Events by what became of them: told, counted on one of before, dropped or refused.",
            Unit.PER_SECOND,
            (Query(f"sum by (outcome) (rate({OWN}_events_total{RATE})) or vector(0)", "{{outcome}}"),),
            width=THIRD,
        ),
    ),
)
PROCESSES = Section(
    "Processes",
    (
        Chart(
            "Who leads",
            "1 for the replica that holds the Lease; exactly one does.",
            Unit.STATE,
            (Query(f"{OWN}_leading", "{{pod}}"),),
            limits=((1, GREEN),),
            below=CLEAR,
            look=Look.STATES,
        ),
        Chart(
            "Tries to hold the Lease",
            "Held, waited for since another replica holds it, or failed.",
            Unit.PER_SECOND,
            (Query(f"sum by (outcome) (rate({OWN}_lease_attempts_total{RATE}))", "{{outcome}}"),),
            width=QUARTER,
        ),
        Chart(
            "Time of a try",
            "The 99th percentile of the tries to hold the Lease; a leader that needs 10 s ends.",
            Unit.SECONDS,
            (Query(f"histogram_quantile(0.99, sum by (le) (rate({OWN}_lease_attempt_seconds_bucket{RATE})))", "p99"),),
            limits=((2, YELLOW), (10, RED)),
            width=QUARTER,
        ),
        Chart(
            "Leaders so far",
            "How often the Lease has changed hands.",
            Unit.COUNT,
            (Query(f"max({OWN}_leader_epoch)", "epoch"),),
            width=THIRD,
        ),
        Chart(
            "Lag of the event loop",
            "How late it was in the last second; what blocks it shows here.",
            Unit.SECONDS,
            (Query(f"max by (pod) ({OWN}_event_loop_lag_seconds)", "{{pod}}"),),
            limits=((1, YELLOW), (5, RED)),
            width=THIRD,
        ),
        Chart(
            "Memory",
            "Resident, by replica; 120 MB are meant to do for one platform.",
            Unit.BYTES,
            (Query('process_resident_memory_bytes{component="operator"}', "{{pod}}"),),
            limits=((120e6, YELLOW), (350e6, RED)),
            width=SIXTH,
        ),
        Chart(
            "Processors",
            "By replica.",
            Unit.COUNT,
            (Query(f'rate(process_cpu_seconds_total{{component="operator"}}{RATE})', "{{pod}}"),),
            width=SIXTH,
        ),
    ),
)
BOARD = Board(
    "operator",
    "PhotoPlatform / Operator and runbooks",
    "Who leads, how passes go, and the history of runbooks.",
    (RUNBOOKS, PASSES, PROCESSES),
)
