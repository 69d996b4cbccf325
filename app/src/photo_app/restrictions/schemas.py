"""Blocks and mutes as clients see them."""

from msgspec import Struct


class BlockView(Struct, frozen=True):
    """Whether the viewer blocks a user."""

    blocked: bool


class MuteView(Struct, frozen=True):
    """Whether the viewer has muted a user."""

    muted: bool
