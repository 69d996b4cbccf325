"""The closed list of the operator's own metrics, and the endpoint that serves them beside /healthz.

The platform's metrics stand in photo_core.telemetry.metrics; this process exports none of them.
"""

import asyncio

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

PASSES = Counter("photoplatform_operator_reconcile_passes_total", "Passes, by outcome.", ["outcome"])
PASS_SECONDS = Histogram(
    "photoplatform_operator_reconcile_seconds",
    "Duration of one pass.",
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
API_CALLS = Counter("photoplatform_operator_api_calls_total", "Calls to the API server.", ["verb", "resource"])
CHANGES = Counter("photoplatform_operator_changes_total", "Children written, by kind and verb.", ["kind", "verb"])
LEADING = Gauge("photoplatform_operator_leading", "1 while this process holds the Lease.")
LOOP_LAG = Gauge("photoplatform_operator_event_loop_lag_seconds", "How late the event loop was in the last second.")
ENGINE_UP = Gauge("photoplatform_operator_engine_up", "1 where the engine's probe is good.", ["platform", "engine"])
FANOUT_LAG = Gauge("photoplatform_operator_fanout_lag", "Messages not committed by the fan-out workers.", ["platform"])
FANOUT_WANTED = Gauge("photoplatform_operator_fanout_wanted_replicas", "What the scaler wants.", ["platform"])
ALERTS = Counter("photoplatform_operator_alerts_total", "Alerts of Alertmanager, by what became of them.", ["outcome"])

RUNBOOK_PHASES = Counter(
    "photoplatform_operator_runbook_phases_total", "Phases that executions entered.", ["runbook", "phase"]
)


async def watch_loop_lag(interval: float = 1.0) -> None:
    """Measure for ever how late the event loop is; what blocks shows here."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval
        await asyncio.sleep(interval)
        LOOP_LAG.set(max(0.0, loop.time() - due))


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    request = await reader.readline()
    body = generate_latest(REGISTRY) if b"/metrics" in request else b"ok\n"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
    await writer.drain()
    writer.close()


async def serve(port: int) -> asyncio.Server:
    """Serve /metrics and /healthz on the event loop itself, so that a frozen loop fails its liveness probe."""
    return await asyncio.start_server(_answer, "0.0.0.0", port)  # noqa: S104 - a pod's own address
