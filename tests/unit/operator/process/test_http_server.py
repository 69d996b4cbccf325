import pytest

from photo_operator.process.http_server import Answer, Routes, build_response

ROUTES: Routes = {
    "/healthz": lambda: Answer(b"well\n"),
    "/readyz": lambda: Answer(b"not yet\n", "503 Service Unavailable"),
}


@pytest.mark.parametrize(
    ("request_line", "status", "body"),
    [
        (b"GET /healthz HTTP/1.1\r\n", b"200 OK", b"well\n"),
        (b"GET /healthz?verbose HTTP/1.1\r\n", b"200 OK", b"well\n"),
        (b"GET /readyz HTTP/1.1\r\n", b"503 Service Unavailable", b"not yet\n"),
        (b"GET /other HTTP/1.1\r\n", b"404 Not Found", b"not found\n"),
        (b"\r\n", b"404 Not Found", b"not found\n"),
    ],
)
def test_a_path_is_answered_by_its_route(request_line: bytes, status: bytes, body: bytes) -> None:
    answered = build_response(ROUTES, request_line)
    assert answered.startswith(b"HTTP/1.1 " + status)
    assert answered.endswith(b"\r\n\r\n" + body)
