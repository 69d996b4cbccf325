"""What every part of a spec is made of. Imported by the other modules of this package that describe the resources."""

from msgspec import Struct


class Spec(Struct, frozen=True, rename="camel"):
    """The base of every part of a spec: camelCase in JSON."""


class SecretRef(Spec, frozen=True):
    """A Secret in the platform's namespace."""

    name: str
