from hack.schemas import build_schemas, strict


def test_unknown_fields_are_refused_where_fields_are_listed() -> None:
    assert strict({"properties": {"a": {"type": "string"}}})["additionalProperties"] is False


def test_a_field_may_be_named_as_a_keyword_is() -> None:
    field = {"type": "string"}
    assert strict({"properties": {"format": field, "items": field}})["properties"] == {"format": field, "items": field}


def test_free_form_objects_stay_free() -> None:
    free = {"type": "object", "additionalProperties": {"type": "string"}}
    assert strict(free) == free


def test_a_port_may_be_a_number_or_a_name() -> None:
    assert strict({"type": "string", "format": "int-or-string"})["type"] == ["string", "integer", "number"]


def test_references_lead_into_the_one_file() -> None:
    assert strict({"$ref": "#/definitions/io.k8s.Pod"}) == {"$ref": "definitions.json#/definitions/io.k8s.Pod"}


def test_every_kind_has_a_file_of_its_own() -> None:
    kind = {"kind": "PhotoPlatform", "group": "photoplatform.io", "version": "v1alpha1"}
    openapi = {"definitions": {"io.photoplatform.PP": {"x-kubernetes-group-version-kind": [kind]}}}
    assert "photoplatform-photoplatform.io-v1alpha1.json" in build_schemas(openapi)
