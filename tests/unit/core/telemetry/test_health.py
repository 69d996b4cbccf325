from collections.abc import Callable
from wsgiref.util import setup_testing_defaults

from photo_core.fakes.clock import FakeClock
from photo_core.telemetry.health import Heartbeat
from photo_core.telemetry.metrics import _application


def answered(path: str, alive: Callable[[], bool]) -> tuple[str, bytes]:
    statuses: list[str] = []
    environ: dict[str, object] = {}
    setup_testing_defaults(environ)
    environ["PATH_INFO"] = path

    def start_response(status: str, _headers: list[tuple[str, str]], _exc_info: object = None) -> Callable[..., object]:
        statuses.append(status)
        return lambda _data: None

    body = b"".join(_application(alive)(environ, start_response))
    return statuses[0], body


def test_a_heart_that_beat_lately_is_alive() -> None:
    clock = FakeClock()
    heartbeat = Heartbeat(clock, stalled_after_seconds=30)
    clock.advance(31)
    assert not heartbeat.alive()
    heartbeat.beat()
    assert heartbeat.alive()


def test_healthz_answers_503_when_the_loop_stands_still() -> None:
    assert answered("/healthz", lambda: True)[0] == "200 OK"
    assert answered("/healthz", lambda: False)[0] == "503 Service Unavailable"


def test_metrics_are_served_beside_healthz() -> None:
    status, body = answered("/metrics", lambda: False)
    assert status == "200 OK"
    assert b"fanout_deliveries_total" in body
