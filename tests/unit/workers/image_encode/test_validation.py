"""What is refused before decoding, and what its owner is told."""

import pytest

from photo_workers.image_encode.content import READABLE, Content, sniff
from photo_workers.image_encode.validation import (
    BROKEN,
    GONE,
    UNWRITABLE,
    Header,
    refusal_of_content,
    refusal_of_header,
    refusal_of_size,
)
from tests.support import pictures


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (pictures.held(1), Content.JPEG),
        (pictures.sixteen_bit_png(), Content.PNG),
        (pictures.animated_webp(), Content.WEBP),
        (pictures.saved(pictures.halves("P"), "GIF"), Content.GIF),
        (pictures.saved(pictures.halves(), "TIFF"), Content.TIFF),
        (pictures.saved(pictures.halves(), "BMP"), Content.BMP),
        (pictures.zip_archive(), Content.ZIP),
        (b"\x00\x00\x00\x18ftypheic", Content.HEIC),
        (b"\x00\x00\x00\x18ftypavif", Content.AVIF),
        (b"\x00\x00\x00\x18ftypisom", Content.VIDEO),
        (b"<svg onload='alert(1)'>", Content.MARKUP),
        (b"%PDF-1.7", Content.PDF),
        (b"RIFF\x00\x00\x00\x00WAVE", Content.UNKNOWN),
        (b"hello", Content.UNKNOWN),
        (b"", Content.EMPTY),
    ],
    ids=[
        "jpeg",
        "png",
        "webp",
        "gif",
        "tiff",
        "bmp",
        "zip",
        "heic",
        "avif",
        "video",
        "svg",
        "pdf",
        "sound",
        "text",
        "nothing",
    ],
)
def test_content_is_told_by_its_bytes(data: bytes, found: Content) -> None:
    assert sniff(data) is found


def test_what_cannot_be_read_is_named_with_the_way_out() -> None:
    assert refusal_of_content(Content.GIF) == (
        "The file is not a photograph we can read (found: GIF). Upload a JPEG, PNG or WebP."
    )
    assert [content for content in Content if refusal_of_content(content) is None] == [
        c for c in Content if c in READABLE
    ]


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    assert refusal_of_header(Header(30_000, 30_000, 1)) == (
        "The photograph has 900 megapixels; at most 50 are accepted. Make it smaller and upload it again."
    )


def test_fifty_megapixels_are_the_bound() -> None:
    assert refusal_of_header(Header(10_000, 5_000, 1)) is None
    assert "51 megapixels" in str(refusal_of_header(Header(10_000, 5_001, 1)))


@pytest.mark.parametrize(("width", "height"), [(65_501, 1), (1, 65_501)])
def test_a_side_that_no_jpeg_can_have_is_refused(width: int, height: int) -> None:
    assert refusal_of_header(Header(width, height, 1)) == (
        "The photograph is 65501 pixels long; at most 65500 are accepted. Crop it and upload it again."
    )


def test_the_longest_side_of_a_jpeg_is_the_bound() -> None:
    assert refusal_of_header(Header(65_500, 1, 1)) is None


def test_an_animation_is_refused() -> None:
    assert refusal_of_header(Header(64, 64, 3)) == "The file is an animation of 3 frames. Upload a single photograph."


def test_another_size_than_announced_is_refused() -> None:
    assert refusal_of_size(10, 10) is None
    assert "11 bytes where 10 were announced" in str(refusal_of_size(11, 10))


@pytest.mark.parametrize(
    "reason", [GONE, BROKEN, UNWRITABLE, refusal_of_size(1, 2), refusal_of_header(Header(9999, 9999, 1))]
)
def test_every_reason_says_what_to_do(reason: str) -> None:
    assert "upload" in reason.lower()
