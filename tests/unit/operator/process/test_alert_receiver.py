"""The webhook over a real socket."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from structlog.testing import capture_logs

from photo_core.fakes.clock import FakeClock
from photo_operator.engines import tls
from photo_operator.observe.alert_board import AlertBoard
from photo_operator.process.alert_receiver import LARGEST_BODY, AlertReceiver
from photo_operator.process.alert_token import TokenFile

TOKEN = "t" * 40
RUNBOOKS = frozenset({"DatabaseSlow"})
SENT = {
    "version": "4",
    "groupKey": "{}",
    "truncatedAlerts": 0,
    "status": "firing",
    "receiver": "platform",
    "externalURL": "http://alertmanager-0:9093",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "DatabaseSlow", "namespace": "photos", "instance_name": "demo"},
            "annotations": {"summary": "reads take 2 s"},
            "startsAt": "2026-01-01T00:00:00.123456789Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "",
            "fingerprint": "c0ffee",
        }
    ],
}


class Hook:
    """A webhook with its board, and who calls it."""

    def __init__(self, token: Path, http: httpx2.AsyncClient) -> None:
        self.board = AlertBoard(FakeClock())
        self.leading = True
        self.receiver = AlertReceiver(TokenFile(token), self.board, lambda: self.leading)
        self._http = http

    async def post(self, body: bytes, token: bytes | None = TOKEN.encode()) -> httpx2.Response:
        headers = {} if token is None else {b"Authorization": b"Bearer " + token}
        return await self._http.post(f"http://127.0.0.1:{self.receiver.port}/alerts", content=body, headers=headers)

    def firing(self) -> int:
        return len(self.board.firing("photos", "demo", RUNBOOKS))


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    return path


@pytest.fixture
async def hook(token: Path) -> AsyncIterator[Hook]:
    async with httpx2.AsyncClient(verify=tls.unused(), trust_env=False) as http:
        found = Hook(token, http)
        await found.receiver.start(0)
        yield found
        await found.receiver.stop()


def changed(change: Callable[[dict[str, Any]], None]) -> bytes:
    sent = msgspec.json.decode(msgspec.json.encode(SENT))
    change(sent)
    return msgspec.json.encode(sent)


async def test_a_notification_is_taken(hook: Hook) -> None:
    assert (await hook.post(msgspec.json.encode(SENT))).status_code == 204
    assert hook.firing() == 1


@pytest.mark.parametrize("shown", [None, b"wrong", TOKEN.encode() + b"x", b"\xff\xfe"])
async def test_without_the_token_nothing_is_taken(hook: Hook, shown: bytes | None) -> None:
    answer = await hook.post(msgspec.json.encode(SENT), shown)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert hook.firing() == 0


async def test_a_rotated_token_holds_at_once(hook: Hook, token: Path) -> None:
    token.write_text("n" * 40)
    assert (await hook.post(msgspec.json.encode(SENT))).status_code == 401
    assert (await hook.post(msgspec.json.encode(SENT), b"n" * 40)).status_code == 204


@pytest.mark.parametrize("content", [None, "", "short"])
async def test_without_a_good_token_file_the_webhook_is_off_and_says_so(
    hook: Hook, token: Path, content: str | None
) -> None:
    token.unlink() if content is None else token.write_text(content)
    answer = await hook.post(msgspec.json.encode(SENT), (content or TOKEN).encode())
    assert answer.status_code == 503
    assert "alert webhook off" in answer.text
    assert hook.receiver.state in answer.text
    assert hook.firing() == 0


async def test_a_standby_asks_for_another_connection(hook: Hook) -> None:
    hook.leading = False
    answer = await hook.post(msgspec.json.encode(SENT))
    assert answer.status_code == 503
    assert answer.headers["connection"] == "close"
    assert int(answer.headers["retry-after"]) > 0
    assert hook.firing() == 0


async def test_a_body_that_is_too_large_is_not_read(hook: Hook) -> None:
    assert (await hook.post(b" " * (LARGEST_BODY + 1))).status_code == 413


async def test_a_body_without_a_length_is_read_no_further_than_allowed(hook: Hook) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    url = f"http://127.0.0.1:{hook.receiver.port}/alerts"
    async with httpx2.AsyncClient(verify=tls.unused(), trust_env=False) as http:
        answer = await http.post(url, content=endless(), headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"[]", "object"),
        (changed(lambda sent: sent.pop("version")), "version"),
        (changed(lambda sent: sent.update(version="3")), "version"),
        (changed(lambda sent: sent["alerts"][0].update(status="maybe")), "alerts"),
        (changed(lambda sent: sent["alerts"][0].update(startsAt="yesterday")), "startsAt"),
        (changed(lambda sent: sent["alerts"][0].update(startsAt="2026-01-01T00:00:00")), "startsAt"),
        (changed(lambda sent: sent["alerts"][0].update(fingerprint="../../x")), "fingerprint"),
        (changed(lambda sent: sent["alerts"][0]["labels"].update(namespace=7)), "labels"),
        (changed(lambda sent: sent.update(alerts=sent["alerts"] * 501)), "alerts"),
    ],
)
async def test_what_is_no_notification_is_refused_with_the_field(hook: Hook, body: bytes, named: str) -> None:
    answer = await hook.post(body)
    assert answer.status_code == 400
    assert named in answer.text
    assert hook.firing() == 0


async def test_other_paths_and_methods_are_not_served(hook: Hook) -> None:
    async with httpx2.AsyncClient(verify=tls.unused(), trust_env=False) as http:
        root = f"http://127.0.0.1:{hook.receiver.port}"
        assert (await http.get(f"{root}/alerts")).status_code == 405
        assert (await http.get(f"{root}/")).status_code == 404


async def test_the_token_is_never_logged(hook: Hook) -> None:
    with capture_logs() as logs:
        await hook.post(msgspec.json.encode(SENT))
        await hook.post(msgspec.json.encode(SENT), b"guess" * 8)
        await hook.post(b"{")
    assert logs
    assert TOKEN not in str(logs)
    assert "guess" not in str(logs)
