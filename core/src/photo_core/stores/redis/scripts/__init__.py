"""The Lua scripts of the stores: one key each, so that they may run on any cluster while slots move."""

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


REPLACE = load("replace")  # a head by what was decided on
DISCARD = load("discard")  # ids that were appended where no head is
TRIM = load("trim")  # a head beyond cap and slack
KEEP_NEWER = load("keep_newer")  # a follow graph or a post's counts, unless a newer version is there
FENCE = load("fence")  # a follow graph that is about to change
UNFENCE = load("unfence")  # one that did not change
PROLONG = load("prolong")  # a follow graph's life
FILL = load("fill")  # a post that was missed
