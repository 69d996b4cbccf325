"""libvips behind three calls: read a header, decode once, render a size. Used by the worker, in threads.

Only the decoders of `content.READABLE` are let in, in this process, for good. One thread and no cache, since the
replicas are the concurrency and the pod's memory limit is the bound. It stores nothing.
"""

import logging
from collections.abc import Callable
from typing import Any

import pyvips
from msgspec import Struct

from photo_core.errors import PhotoError
from photo_workers.image_encode.content import Content
from photo_workers.image_encode.sizes import Format, Size, crop_of, scaled_to
from photo_workers.image_encode.validation import Header

WHITE = 255
TWO_PASS_PIXELS = 2_000_000  # optimal Huffman tables save 5 %, but hold every coefficient: 6 bytes a pixel
METADATA = ("exif-", "xmp-", "iptc-", "icc-", "orientation", "png-comment", "jpeg-thumbnail")
SETTINGS: dict[Format, dict[str, Any]] = {
    Format.JPEG: {"Q": 85},
    Format.WEBP: {"Q": 80, "effort": 4},
}
_LOADERS: dict[Content, Callable[..., pyvips.Image]] = {
    Content.JPEG: pyvips.Image.jpegload_buffer,
    Content.PNG: pyvips.Image.pngload_buffer,
    Content.WEBP: pyvips.Image.webpload_buffer,
}


class Undecodable(PhotoError):
    """The bytes are not what their first ones promise; the text is the decoder's, for the log."""


class Unwritable(PhotoError):
    """A decoded photograph that cannot be written in a size; the text is the encoder's, for the log."""


class Rendered(Struct, frozen=True):
    """One size of a photograph, written in one format."""

    content_type: Format
    width: int
    height: int
    body: bytes


def restrict_decoders() -> None:
    """Let libvips open JPEG, PNG and WebP and nothing else, with one thread and no cache. Called once by the main."""
    logging.getLogger("pyvips").setLevel(logging.WARNING)  # it tells of every thread
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in ("VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp"):
        pyvips.operation_block_set(loader, False)
    pyvips.concurrency_set(1)
    pyvips.cache_set_max(0)


def read_header(content: Content, data: bytes) -> Header:
    """Return what the header says; no pixel is decoded.

    Raises:
        Undecodable: there is no readable header.
    """
    image = _open(content, data)
    frames = image.get("n-pages") if image.get_typeof("n-pages") else 1
    return Header(image.width, image.height, int(frames))


def decode(content: Content, data: bytes) -> pyvips.Image:
    """Return the photograph upright, in 8-bit sRGB (with alpha, if any), in memory, without any metadata.

    Raises:
        Undecodable: the data is damaged or ends too early.
    """
    try:
        return _bare(_to_srgb(_open(content, data)).copy_memory().autorot().copy_memory())
    except pyvips.Error as error:
        raise Undecodable(str(error)) from error


def render(upright: pyvips.Image, size: Size) -> list[Rendered]:
    """Return a size of a decoded photograph in each of its formats.

    Raises:
        Unwritable: no file of a format can hold it.
    """
    try:
        image = _resized(upright, size).copy_memory()
        return [_written(image, written_as) for written_as in size.formats]
    except pyvips.Error as error:
        raise Unwritable(str(error)) from error


def _open(content: Content, data: bytes) -> pyvips.Image:
    try:
        return _LOADERS[content](data, access="sequential", fail_on="error")
    except pyvips.Error as error:
        raise Undecodable(str(error)) from error


def _to_srgb(image: pyvips.Image) -> pyvips.Image:
    if image.format == "ushort":
        image = image.msb().copy(interpretation="b-w" if image.bands < 3 else "srgb")
    if image.get_typeof("icc-profile-data"):
        image = image.icc_transform("srgb", embedded=True, intent="perceptual")
    return image.colourspace("srgb")


def _bare(image: pyvips.Image) -> pyvips.Image:
    bare = image.copy()
    for field in bare.get_fields():
        if field.startswith(METADATA):
            bare.remove(field)
    return bare


def _resized(upright: pyvips.Image, size: Size) -> pyvips.Image:
    if size.longest_side is None:
        return upright
    crop = crop_of(size, upright.width, upright.height)
    width, height = scaled_to(size, crop)
    part = upright.crop(crop.left, crop.top, crop.width, crop.height)
    return part.thumbnail_image(width, height=height, size="force")


def _written(image: pyvips.Image, written_as: Format) -> Rendered:
    if written_as is Format.JPEG:
        flat = image.flatten(background=WHITE) if image.hasalpha() else image
        two_pass = image.width * image.height <= TWO_PASS_PIXELS
        body = flat.jpegsave_buffer(keep="none", optimize_coding=two_pass, **SETTINGS[written_as])
    else:
        body = image.webpsave_buffer(keep="none", **SETTINGS[written_as])
    return Rendered(written_as, image.width, image.height, body)
