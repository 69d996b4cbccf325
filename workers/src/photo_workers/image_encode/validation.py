"""Whether an upload is a photograph that is processed, and what its owner is told if not. Pure.

Each sentence says what is wrong and what to do; they are shown to people as they are.
"""

from msgspec import Struct

from photo_core.domain.media_lifecycle import MAX_FRAMES, MAX_PIXELS
from photo_workers.image_encode.content import READABLE, Content

GONE = "The uploaded file is no longer there. Upload the photograph again."
BROKEN = "The photograph is damaged or incomplete. Upload it again, or save it as a new JPEG first."
POISON = "The photograph could not be processed, however often we tried. Save it as a new JPEG and upload it again."
UNWRITABLE = "The photograph cannot be stored in every size. Save it as a new JPEG and upload it again."
MEGAPIXEL = 1_000_000
MAX_SIDE = 65_500  # pixels; the most that a JPEG, which every photograph is stored as, can be written with


class Header(Struct, frozen=True):
    """What the header of a picture says, before a pixel is decoded."""

    width: int
    height: int
    frames: int


POISON_AFTER = 4  # encoders that died over it, or failures; the next one does not touch it


def is_poison(dead_encoders: int, failures: int) -> bool:
    """Decide whether a photograph is to blame for what happened to those who tried."""
    return max(dead_encoders, failures) >= POISON_AFTER


def refusal_of_size(stored_bytes: int, announced_bytes: int) -> str | None:
    """Return why an upload of another size than announced is refused, or None."""
    if stored_bytes == announced_bytes:
        return None
    return f"The upload has {stored_bytes} bytes where {announced_bytes} were announced. Upload the photograph again."


def refusal_of_content(found: Content) -> str | None:
    """Return why a kind of content is refused, or None."""
    if found in READABLE:
        return None
    return f"The file is not a photograph we can read (found: {found}). Upload a JPEG, PNG or WebP."


def refusal_of_header(header: Header) -> str | None:
    """Return why a picture is refused by its header, or None."""
    pixels = header.width * header.height
    if pixels > MAX_PIXELS:
        found, most = -(-pixels // MEGAPIXEL), MAX_PIXELS // MEGAPIXEL
        return (
            f"The photograph has {found} megapixels; at most {most} are accepted. Make it smaller and upload it again."
        )
    longest = max(header.width, header.height)
    if longest > MAX_SIDE:
        return f"The photograph is {longest} pixels long; at most {MAX_SIDE} are accepted. Crop it and upload it again."
    if header.frames > MAX_FRAMES:
        return f"The file is an animation of {header.frames} frames. Upload a single photograph."
    return None
