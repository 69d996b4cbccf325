"""Compares responses with the OpenAPI document: statuses, media types and bodies, without a member that it lacks."""

import copy
import functools
import json
import re
from typing import Any

import httpx
import jsonschema_rs

from photo_app.application import build_openapi

Json = dict[str, Any]


@functools.cache
def document() -> Json:
    return build_openapi()


def operations() -> list[tuple[str, str, Json]]:
    """Return method, path and description of every operation."""
    return [
        (method, path, operation) for path, item in document()["paths"].items() for method, operation in item.items()
    ]


def undocumented(response: httpx.Response) -> str | None:
    """Return what the document does not say of a response; a path or a method that it lacks is left alone."""
    method, path = response.request.method.lower(), response.request.url.raw_path.decode().partition("?")[0]
    template = _template(path, method)
    if template is None:
        return None
    declared = document()["paths"][template][method]["responses"].get(str(response.status_code))
    if declared is None:
        return f"{method} {template} does not declare {response.status_code}"
    if not response.content:
        return f"{method} {template} declares a body" if "content" in declared else None
    if response.headers["content-type"] not in declared.get("content", {}):
        return f"{method} {template} does not declare {response.headers['content-type']}"
    errors = _validator(template, method, response.status_code).iter_errors(json.loads(response.content))
    return next((f"{method} {template}: {error}" for error in errors), None)


def _template(path: str, method: str) -> str | None:
    """Return the template of a path; one without parameters comes first, as the routes are listed."""
    fitting = [
        template
        for template, item in document()["paths"].items()
        if method in item and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    ]
    return min(fitting, key=lambda template: template.count("{"), default=None)


@functools.cache
def _validator(template: str, method: str, status: int) -> Any:
    (content,) = document()["paths"][template][method]["responses"][str(status)]["content"].values()
    schema = {"components": _closed_components(), "allOf": [content["schema"]]}
    return jsonschema_rs.validator_for(schema, validate_formats=True)


@functools.cache
def _closed_components() -> Json:
    """Return the components with no members but those that they name."""
    components: Json = copy.deepcopy(document()["components"])
    for schema in components["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return components
