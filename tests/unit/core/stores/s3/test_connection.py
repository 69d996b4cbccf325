"""Which failures of the object store count."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from prometheus_client import REGISTRY

from photo_core.errors import Engine, EngineUnavailable
from photo_core.stores.s3.connection import found


def failures() -> float:
    return REGISTRY.get_sample_value("engine_failures_total", {"engine": Engine.OBJECT_STORAGE}) or 0.0


def test_what_is_not_there_is_no_failure() -> None:
    before = failures()

    def absent() -> None:
        raise ClientError({"Error": {"Code": "404"}}, "HeadObject")

    assert found(absent) is None
    assert failures() == before


def test_a_store_that_does_not_answer_is_counted_once() -> None:
    before = failures()

    def away() -> None:
        raise EndpointConnectionError(endpoint_url="http://s3.test")

    with pytest.raises(EngineUnavailable):
        found(away)
    assert failures() == before + 1
