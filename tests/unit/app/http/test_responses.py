import pytest
from starlette.requests import Request

from photo_app.http.responses import conditional_response, rfc3339

BODY = b'{"posts":[]}'


def asking(if_none_match: str) -> Request:
    return Request({"type": "http", "headers": [(b"if-none-match", if_none_match.encode())]})


def test_an_answer_has_a_tag_and_is_never_used_without_asking() -> None:
    answered = conditional_response(Request({"type": "http", "headers": []}), BODY, {"Feed-Mode": "push"})
    assert (answered.status_code, answered.body) == (200, BODY)
    assert answered.headers["etag"].strip('"').isalnum()
    assert answered.headers["cache-control"] == "private, no-cache"
    assert answered.headers["feed-mode"] == "push"


@pytest.mark.parametrize("known", ["{}", "W/{}", "*", '"other", {}', 'W/"other",W/{}'])
def test_who_has_the_answer_gets_none(known: str) -> None:
    etag = conditional_response(asking(""), BODY).headers["etag"]
    answered = conditional_response(asking(known.format(etag)), BODY, {"Feed-Mode": "push"})
    assert (answered.status_code, answered.body) == (304, b"")
    assert (answered.headers["etag"], answered.headers["feed-mode"]) == (etag, "push")


@pytest.mark.parametrize("known", ["", '"other"', "W/", "x" * 24])
def test_who_has_another_answer_gets_this_one(known: str) -> None:
    assert conditional_response(asking(known), BODY).status_code == 200


def test_another_body_has_another_tag() -> None:
    tags = {conditional_response(asking(""), body).headers["etag"] for body in (BODY, BODY + b" ")}
    assert len(tags) == 2


def test_times_are_told_in_utc_with_milliseconds() -> None:
    assert rfc3339(1_767_225_600_005) == "2026-01-01T00:00:00.005Z"
