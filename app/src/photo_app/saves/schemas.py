"""Saves as clients see them."""

from msgspec import Struct


class SaveView(Struct, frozen=True):
    """Whether the viewer has saved a post."""

    saved: bool
