"""What pods and the operator agree on about each engine."""

from importlib import import_module
from importlib.util import find_spec
from inspect import iscoroutinefunction
from pathlib import Path

import msgspec
import pytest

from photo_core.engines.contract import CA_KEY, EngineContract, contract_of, contracts
from photo_core.errors import Engine
from photo_core.mounted import InvalidSettings
from photo_core.settings import Source

VALUES = {"password": "hunter2", "secret_access_key": "hunter2", "uri": "postgresql://u:hunter2@h/d"}


def mounted(folder: Path, contract: EngineContract, *, without: str = "") -> Source:
    place = folder / contract.engine.secret_folder
    place.mkdir(parents=True)
    for key in contract.required_keys:
        if key != without:
            (place / key).write_text(VALUES.get(key, "value"))
    return Source({variable.value: "1" for variable in contract.variables}, folder)


@pytest.mark.parametrize("engine", Engine)
def test_every_engine_has_a_contract_and_a_probe_in_modules_of_its_name(engine: Engine) -> None:
    assert contract_of(engine).engine is engine
    assert find_spec(f"photo_operator.engines.{engine.module_name}") is not None


@pytest.mark.parametrize("contract", contracts(), ids=lambda contract: contract.engine.value)
def test_settings_are_read_from_the_variables_and_keys_that_the_contract_names(
    tmp_path: Path, contract: EngineContract
) -> None:
    settings = contract.read_settings(mounted(tmp_path, contract))
    assert isinstance(settings, msgspec.Struct)
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("contract", "key"),
    [
        pytest.param(contract, key, id=f"{contract.engine}-{key}")
        for contract in contracts()
        for key in contract.required_keys
    ],
)
def test_each_required_key_is_missed_by_name(tmp_path: Path, contract: EngineContract, key: str) -> None:
    with pytest.raises(InvalidSettings, match=f"the secret for {contract.engine.secret_folder} lacks the key {key}"):
        contract.read_settings(mounted(tmp_path, contract, without=key))


@pytest.mark.parametrize("contract", contracts(), ids=lambda contract: contract.engine.value)
def test_an_engine_is_mounted_once_its_secret_is(tmp_path: Path, contract: EngineContract) -> None:
    assert not contract.is_mounted(Source({}, tmp_path))
    assert contract.is_mounted(mounted(tmp_path, contract))


@pytest.mark.parametrize("contract", contracts(), ids=lambda contract: contract.engine.value)
def test_keys_that_are_read_once_are_keys_of_the_secret(contract: EngineContract) -> None:
    assert contract.keys_read_once <= {CA_KEY, *contract.required_keys}


@pytest.mark.parametrize(
    "module", [pytest.param(c.provision_module, id=c.engine) for c in contracts() if c.provision_module]
)
def test_what_can_be_prepared_can_also_be_checked(module: str) -> None:
    found = import_module(module)
    assert iscoroutinefunction(found.provision)
    assert iscoroutinefunction(found.missing)
