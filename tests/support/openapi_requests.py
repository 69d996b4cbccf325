"""Requests that schemathesis makes from the OpenAPI document, and what their responses must be.

Used on the API over fakes (tests/unit/app) and on the running platform (tests/e2e). What `KnownFault` lists is not
checked here: tests/unit/app/test_openapi_requests.py expects each of these faults by name.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any
from zlib import crc32

import schemathesis
from msgspec import Struct
from schemathesis import Case, CheckContext, GenerationMode, Response
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    positive_data_acceptance,
)

from photo_app.http.problems import ProblemType
from tests.support.openapi import document

SCHEMA = schemathesis.openapi.from_dict(document())
SCHEMA.config.generation.update(
    allow_extra_parameters=False,  # unknown parameters of a query are ignored; unknown members of a body are refused
    with_security_parameters=False,  # `send` authorizes each request; the check `ignored_auth` leaves the token out
)


class Target(Struct, frozen=True):
    """An API to send requests to."""

    url: str
    authorization: str
    another_session: Callable[[], str]  # for a request that ends the session that it is sent with
    known: Mapping[str, str]  # ids that exist, by the parameter of a path that takes them


class KnownFault(Enum):
    """What is wrong with the API today; the value is the reason why it is expected to fail."""

    ALLOW = "Allow names the methods of the first route of a path alone, since a path may be several routes"
    CURSOR_BEFORE_TOKEN = "a cursor is verified before the token where the page is an earlier parameter than the viewer"
    WHOLE_FLOATS = "1.0 is an integer to JSON Schema, and none to the strict validator of bodies"
    LARGEST_UPLOAD = "the document does not tell the largest photograph, which is a setting"


# refused although the document allows it: whole floats and large photographs
REFUSED_SIZES = "body.size_bytes"


@schemathesis.check
def valid_requests_have_the_right_shape(_context: CheckContext, response: Response, case: Case[Any]) -> None:
    """Fail where the document allows a request that is refused for its shape."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE or response.status_code != 422:
        return
    problem: dict[str, Any] = response.json()
    refused = [error for error in problem.get("errors", ()) if error["field"] != REFUSED_SIZES]
    if problem["type"] == ProblemType.VALIDATION.uri and refused:
        raise AssertionError(f"the document allows what is refused: {refused}")


def send(case: Case[Any], target: Target) -> None:
    """Send a request and check its response; about every other one names something that exists."""
    operation = case.operation.definition.raw["operationId"]
    for name, value in case.path_parameters.items():
        if name in target.known and crc32(str(value).encode()) % 2:
            case.path_parameters[name] = target.known[name]
    authorization = target.another_session() if operation == "log_out" else target.authorization
    case.call_and_validate(
        base_url=target.url,
        headers={"Authorization": authorization},
        additional_checks=[valid_requests_have_the_right_shape],
        # a request may be well-formed and yet impossible, as one with an old cursor
        excluded_checks=[positive_data_acceptance, allow_header_conformance],
    )
