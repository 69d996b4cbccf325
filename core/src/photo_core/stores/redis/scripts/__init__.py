"""The Lua scripts of the feed store: one key each, so that they may run on any cluster while slots move."""

import hashlib
from importlib.resources import files

from msgspec import Struct


class Script(Struct, frozen=True):
    """A script's text and the SHA-1 by which a master that has seen it runs it."""

    text: bytes
    sha1: bytes


def load(name: str) -> Script:
    """Read a script that is shipped beside this module."""
    text = (files(__package__) / f"{name}.lua").read_bytes()
    return Script(text, hashlib.sha1(text, usedforsecurity=False).hexdigest().encode())


READ = load("read")
REPLACE = load("replace")
DISCARD = load("discard")
REMEMBER = load("remember")
