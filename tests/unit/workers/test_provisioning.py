from pathlib import Path

import pytest

from photo_core.errors import Engine
from photo_core.mounted import InvalidSettings
from photo_core.settings import Source, Variable
from photo_workers.provisioning import describe, wanted_engines


def source(value: str) -> Source:
    return Source({Variable.PROVISION: value}, Path())


def test_the_listed_engines_are_provisioned() -> None:
    assert wanted_engines(source("kafka, objectStorage")) == [Engine.KAFKA, Engine.OBJECT_STORAGE]
    assert wanted_engines(source("")) == []


def test_an_unknown_engine_is_named_with_the_known_ones() -> None:
    with pytest.raises(InvalidSettings, match="names mysql; engines to provision are kafka, cassandra"):
        wanted_engines(source("kafka,mysql"))


def test_what_another_has_not_made_is_named_with_what_to_do() -> None:
    assert describe(Engine.KAFKA, ()) is None
    assert describe(Engine.KAFKA, ("topic a",)) == (
        "kafka lacks topic a: make them, or set spec.engines.kafka.provision to true"
    )
    assert "lacks topic 0 and 9 more:" in str(describe(Engine.KAFKA, tuple(f"topic {number}" for number in range(10))))
