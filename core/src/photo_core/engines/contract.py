"""The contract of an engine: everything about it that both the pods and the operator have to know.

Each module of this package that is named after a member of `Engine` defines a `CONTRACT`, the settings that pods read,
and the variables in which the operator passes them on. Nothing here connects to an engine.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib import import_module

from msgspec import Struct

from photo_core.errors import Engine
from photo_core.settings import Source

CA_KEY = "ca.crt"  # optional in the Secret of every engine: the CA that its certificate must come from
LOGIN_KEYS = ("username", "password")


def accept_any_value(_values: Mapping[str, str]) -> None:
    """Return None: the values of this engine's Secret need no check of their own."""


class EngineContract(Struct, frozen=True):
    """One engine as pods and the operator see it.

    Attributes:
        engine: which one.
        required_keys: the keys that its Secret must have.
        read_settings: reads what pods need to reach it.
        variables: the environment variables that `read_settings` reads.
        provision_module: a module with `async provision(settings)` and `async missing(settings)`; None where nothing
            has to be prepared in the engine.
        describe_malformed: says which value of the Secret cannot be used and why, without quoting it; None if all can.
        keys_read_once: keys of the Secret that a process reads only when it starts; pods are replaced when they change.
    """

    engine: Engine
    required_keys: tuple[str, ...]
    read_settings: Callable[[Source], object]
    variables: tuple[StrEnum, ...] = ()
    provision_module: str | None = None
    describe_malformed: Callable[[Mapping[str, str]], str | None] = accept_any_value
    keys_read_once: frozenset[str] = frozenset()

    def is_mounted(self, source: Source) -> bool:
        """Tell whether this pod has its Secret: an engine that the resource does not name has none."""
        return (source.secrets / self.engine.secret_folder).exists()


def contract_of(engine: Engine) -> EngineContract:
    """Return the contract that the module named after an engine defines."""
    contract: EngineContract = import_module(f"photo_core.engines.{engine.module_name}").CONTRACT
    return contract


def contracts() -> tuple[EngineContract, ...]:
    """Return the contract of every engine."""
    return tuple(contract_of(engine) for engine in Engine)
