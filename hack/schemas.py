"""JSON schemas of all kinds that the cluster serves, including our own, for kubeconform.

Called by `make test` after `up`. The schemas come from the API server itself, so nothing is downloaded and the version
is always right. Unknown fields are refused.
"""

import json
from typing import Any

from hack import paths
from hack.platform.kubectl import kubectl

Json = dict[str, Any]
FOLDER = paths.LOCAL / "schemas"
ONE_FILE_A_KIND = "{{ .ResourceKind }}-{{ .Group }}-{{ .ResourceAPIVersion }}.json"
DEFINITIONS = "definitions.json"
# described as a string, but a number is accepted too
EITHER = {"int-or-string", "quantity"}


def strict(schema: Json) -> Json:
    """Return a schema that refuses unknown fields, refers to one file, and accepts 8 and "8" alike."""
    if "$ref" in schema:
        return {"$ref": f"{DEFINITIONS}#/definitions/{schema['$ref'].rpartition('/')[2]}"}
    if schema.get("format") in EITHER or schema.get("x-kubernetes-int-or-string"):
        return {"type": ["string", "integer", "number"]}
    described = dict(schema)
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), dict):
            described[inner] = strict(schema[inner])
    if "properties" in schema:
        described["properties"] = {name: strict(field) for name, field in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            described.setdefault("additionalProperties", False)
    return described


def build_schemas(openapi: Json) -> dict[str, Json]:
    """Return file name -> schema for an OpenAPI v2 document of an API server."""
    definitions: dict[str, Json] = {name: strict(schema) for name, schema in openapi["definitions"].items()}
    quantity = definitions.get("io.k8s.apimachinery.pkg.api.resource.Quantity", {})
    quantity["type"] = ["string", "integer", "number"]
    definitions["io.k8s.apimachinery.pkg.util.intstr.IntOrString"] = {"type": ["string", "integer"]}
    files: dict[str, Json] = {DEFINITIONS: {"definitions": definitions}}
    for name, schema in openapi["definitions"].items():
        for kind in schema.get("x-kubernetes-group-version-kind", []):
            # kubeconform uses `v1` as group and version of the core group
            group = kind["group"] or kind["version"]
            file = f"{kind['kind'].lower()}-{group}-{kind['version']}.json"
            files[file] = {"$ref": f"{DEFINITIONS}#/definitions/{name}"}
    return files


def write_schemas() -> None:
    """Write one file per kind from the API server's description."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, schema in build_schemas(json.loads(kubectl("get", "--raw", "/openapi/v2"))).items():
        (FOLDER / name).write_text(json.dumps(schema))
