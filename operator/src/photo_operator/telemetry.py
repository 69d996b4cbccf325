"""The closed list of the operator's own metrics. `process.http_server` serves them.

The platform's metrics stand in photo_core.telemetry.metrics; this process exports none of them.
"""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)

# reconciliation
PASSES = Counter("photoplatform_operator_reconcile_passes_total", "Passes, by how they ended.", ["outcome"])
PASS_SECONDS = Histogram("photoplatform_operator_reconcile_seconds", "Duration of one pass.", buckets=SECONDS)
PLATFORMS = Gauge("photoplatform_operator_platforms", "PhotoPlatforms that are served.")
WAKES_WAITING = Gauge("photoplatform_operator_wakes_waiting", "Platforms that were woken and wait for their pass.")
WAKE_SECONDS = Histogram("photoplatform_operator_wake_seconds", "From the first wake to its pass.", buckets=SECONDS)
CHANGES = Counter("photoplatform_operator_changes_total", "Children written, by kind and verb.", ["kind", "verb"])
DECISIONS = Counter(
    "photoplatform_operator_decisions_total",
    "What was decided and why: conditions that turned, numbers of workers that were set.",
    ["area", "subject", "reason"],
)
EVENTS = Counter("photoplatform_operator_events_total", "Kubernetes Events, by what became of them.", ["outcome"])

# the API server
API_CALLS = Counter(
    "photoplatform_operator_api_calls_total",
    "Calls to the API server, by the code of its answer; none where it gave none.",
    ["verb", "resource", "code"],
)
API_SECONDS = Histogram(
    "photoplatform_operator_api_call_seconds", "Duration of a call to the API server.", ["verb"], buckets=SECONDS
)
BACKOFF_SECONDS = Counter(
    "photoplatform_operator_api_backoff_seconds_total", "Time that platforms left an API server alone that failed them."
)

# leadership
LEADING = Gauge("photoplatform_operator_leading", "1 while this process holds the Lease.")
EPOCH = Gauge("photoplatform_operator_leader_epoch", "How often the Lease has changed hands, as this process saw it.")
RENEWALS = Counter("photoplatform_operator_lease_attempts_total", "Tries to hold the Lease, by outcome.", ["outcome"])
RENEW_SECONDS = Histogram(
    "photoplatform_operator_lease_attempt_seconds", "Duration of one try to hold the Lease.", buckets=SECONDS
)
LOOP_LAG = Gauge("photoplatform_operator_event_loop_lag_seconds", "How late the event loop was in the last second.")

# what is seen of a platform
ENGINE_UP = Gauge("photoplatform_operator_engine_up", "1 where the engine's probe is good.", ["platform", "engine"])
WORKER_LAG = Gauge(
    "photoplatform_operator_worker_lag", "Messages not committed by a scaled worker.", ["platform", "worker"]
)
WORKER_WANTED = Gauge(
    "photoplatform_operator_worker_wanted_replicas", "What the lag alone asks for.", ["platform", "worker"]
)
ALERTS = Counter("photoplatform_operator_alerts_total", "Alerts of Alertmanager, by what became of them.", ["outcome"])
RUNBOOK_PHASES = Counter(
    "photoplatform_operator_runbook_phases_total", "Phases that executions entered.", ["runbook", "phase"]
)
