"""The responses in the OpenAPI document, from the msgspec structs that are sent and the closed list of problems.

Endpoints declare their successes and the problems of their own, as
`responses=success(UserView) | problems(ProblemType.NOT_FOUND)`. What any request may be answered with follows from the
rest of its operation: see `_common_problems`. Changes the document only, never a response.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from fastapi import FastAPI
from msgspec import Struct

from photo_app.http.problems import BY_SLUG, MEDIA_TYPE, ProblemDocument, ProblemType

Json = dict[str, Any]
Responses = dict[int | str, Json]
REF = "#/components/schemas/{name}"
DECLARED = "x-problems"  # the slugs that an endpoint declares, until `describe_responses` turns them into responses
# FastAPI adds these for its own response to an invalid request, which is never sent
NEVER_SENT = ("HTTPValidationError", "ValidationError")
SERVED = "/v1/"
RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "string", "pattern": "^[0-9]+$"}}}
WITH_RETRY_AFTER = frozenset({429, 503})
NOT_MODIFIED: Responses = {304: {"description": "If-None-Match names the current representation"}}


def success(body: type[Struct], status: int = 200) -> Responses:
    """Return the declaration of a success with this body."""
    (schema,), schemas = msgspec.json.schema_components((body,), ref_template=REF)
    content = {"application/json": {"schema": {**schema, "$defs": schemas}}}
    return {status: {"description": _first_sentence(body), "content": content}}


def problems(*kinds: ProblemType) -> Responses:
    """Return the declaration of the problems of an operation; it stands at one status and is sorted out later."""
    return {"default": {"description": "", DECLARED: [kind.slug for kind in kinds]}}


class DocumentedApi(FastAPI):
    """An application whose OpenAPI document describes every response."""

    def openapi(self) -> Json:
        """Return the document, built once."""
        if self.openapi_schema is None:
            document = super().openapi()
            describe_responses(document)
        return self.openapi_schema or document


def describe_responses(document: Json) -> None:
    """Complete the responses of every operation, and the schemas that they refer to."""
    schemas = document["components"]["schemas"]
    for name in NEVER_SENT:
        schemas.pop(name, None)
    schemas.update(msgspec.json.schema_components((ProblemDocument,), ref_template=REF)[1])
    for path, operations in document["paths"].items():
        for operation in operations.values():
            kinds = [*_common_problems(path, operation), *_declared_problems(operation)]
            operation["responses"] = _successes(operation, schemas) | dict(_problem_responses(kinds))
    document["components"]["schemas"] = dict(sorted(schemas.items()))


def _successes(operation: Json, schemas: Json) -> Json:
    """Return the responses that are no problems; their structs move to the schemas of the document."""
    declared = {status: said for status, said in operation["responses"].items() if status not in ("default", "422")}
    for response in declared.values():
        for content in response.get("content", {}).values():
            schemas.update(content["schema"].pop("$defs", {}))
    return declared


def _declared_problems(operation: Json) -> Iterator[ProblemType]:
    for slug in operation["responses"].get("default", {}).get(DECLARED, ()):
        yield BY_SLUG[slug]


def _common_problems(path: str, operation: Json) -> Iterator[ProblemType]:
    """Tell which problems an operation may be answered with whatever it does."""
    yield ProblemType.INTERNAL
    names = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] != "path"}
    if path.startswith(SERVED):
        yield from (ProblemType.ENGINE_UNAVAILABLE, ProblemType.LIMITED)
    if "security" in operation:
        yield from (ProblemType.UNAUTHENTICATED, ProblemType.RATE_LIMITED)
    if "requestBody" in operation:
        yield from (ProblemType.BAD_REQUEST, ProblemType.BODY_TOO_LARGE, ProblemType.VALIDATION)
    if names:
        yield ProblemType.VALIDATION
    if "cursor" in names:
        yield ProblemType.INVALID_CURSOR
    if "Idempotency-Key" in names:
        yield from (ProblemType.KEY_REUSED, ProblemType.IN_FLIGHT)


def _problem_responses(kinds: Iterable[ProblemType]) -> Iterator[tuple[str, Json]]:
    wanted = set(kinds)
    for status in sorted({kind.status for kind in wanted}):
        at_status = [kind for kind in ProblemType if kind in wanted and kind.status == status]
        types = {"properties": {"type": {"enum": [kind.uri for kind in at_status]}, "status": {"const": status}}}
        response: Json = {
            "description": "; ".join(kind.title for kind in at_status),
            "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(name=ProblemDocument.__name__), **types}}},
        }
        yield str(status), response | ({"headers": RETRY_AFTER} if status in WITH_RETRY_AFTER else {})


def _first_sentence(body: type[Struct]) -> str:
    return (body.__doc__ or "").partition("\n")[0]
