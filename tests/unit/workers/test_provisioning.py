from pathlib import Path

import pytest

from photo_core.errors import Engine
from photo_core.settings import InvalidSettings, Source, Variable
from photo_workers.provisioning import wanted_engines


def source(value: str) -> Source:
    return Source({Variable.PROVISION: value}, Path())


def test_the_listed_engines_are_provisioned() -> None:
    assert wanted_engines(source("kafka, objectStorage")) == [Engine.KAFKA, Engine.OBJECT_STORAGE]
    assert wanted_engines(source("")) == []


def test_an_unknown_engine_is_named_with_the_known_ones() -> None:
    with pytest.raises(InvalidSettings, match="names mysql; engines to provision are postgres, cassandra"):
        wanted_engines(source("kafka,mysql"))
