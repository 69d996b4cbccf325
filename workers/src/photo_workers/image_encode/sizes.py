"""The sizes that every photograph is stored in, and how one comes out of another. Pure.

`thumbnail` is always 150 square; the others keep the proportions and are never larger than the photograph.
"""

from enum import StrEnum

from msgspec import Struct


class Format(StrEnum):
    """How variants are written; the value is their content type."""

    WEBP = "image/webp"
    JPEG = "image/jpeg"


EXTENSION = {Format.WEBP: "webp", Format.JPEG: "jpg"}
BOTH = (Format.WEBP, Format.JPEG)


class Crop(Struct, frozen=True):
    """The part of the photograph that a size shows, in its pixels."""

    left: int
    top: int
    width: int
    height: int


class Size(Struct, frozen=True):
    """A stored size; `longest_side` None is the photograph's own."""

    name: str
    longest_side: int | None
    formats: tuple[Format, ...] = BOTH
    square: bool = False


SIZES: tuple[Size, ...] = (
    Size("thumbnail", 150, square=True),
    Size("small", 320),
    Size("medium", 640),
    Size("large", 1080),
    Size("original", None, formats=(Format.JPEG,)),
)


def crop_of(size: Size, width: int, height: int) -> Crop:
    """Return the centre square of a photograph for a square size, else all of it."""
    if not size.square:
        return Crop(0, 0, width, height)
    side = min(width, height)
    return Crop((width - side) // 2, (height - side) // 2, side, side)


def scaled_to(size: Size, crop: Crop) -> tuple[int, int]:
    """Return width and height of a size, in pixels, at least 1."""
    if size.square and size.longest_side is not None:
        return size.longest_side, size.longest_side
    longest = max(crop.width, crop.height)
    scale = 1.0 if size.longest_side is None else min(1.0, size.longest_side / longest)
    return max(1, round(crop.width * scale)), max(1, round(crop.height * scale))
