"""Decoding and rendering, on generated photographs."""

import io
from collections.abc import Callable

import pytest
import pyvips
from PIL import Image

from photo_workers.image_encode.codec import Undecodable, Unwritable, decode, read_header, render, restrict_decoders
from photo_workers.image_encode.content import Content
from photo_workers.image_encode.sizes import SIZES, Format
from tests.support import pictures

PRIVATE = (b"Exif", b"SERIAL-4711", b"Testcamera", b"GPS", b"http://ns.adobe.com/xap", b"ICC_PROFILE", b"Photoshop")


def every_variant(content: Content, data: bytes) -> list[bytes]:
    upright = decode(content, data)
    return [rendered.body for size in SIZES for rendered in render(upright, size)]


def pixel(data: bytes, x: float, y: float) -> tuple[int, int, int, int]:
    """Return red, green, blue and alpha at a place between 0 and 1."""
    with Image.open(io.BytesIO(data)) as image:
        red, green, blue, alpha = image.convert("RGBA").crop(_around(image, x, y)).tobytes()
    return red, green, blue, alpha


def _around(image: Image.Image, x: float, y: float) -> tuple[int, int, int, int]:
    left, top = int(x * image.width), int(y * image.height)
    return left, top, left + 1, top + 1


def colour_near(data: bytes, x: float, y: float) -> str:
    red, _, blue, _ = pixel(data, x, y)
    return "red" if red > blue else "blue"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_variant_stands_upright_however_the_camera_was_held(orientation: int) -> None:
    for body in every_variant(Content.JPEG, pictures.held(orientation)):
        assert (colour_near(body, 0.2, 0.5), colour_near(body, 0.8, 0.5)) == ("red", "blue")


@pytest.mark.parametrize("orientation", [1, 6])
def test_no_variant_tells_where_or_with_which_camera(orientation: int) -> None:
    source = pictures.held(orientation)
    assert b"SERIAL-4711" in source

    for body in every_variant(Content.JPEG, source):
        assert not [text for text in PRIVATE if text in body]
        with Image.open(io.BytesIO(body)) as image:
            assert dict(image.getexif()) == {}


def test_xmp_and_comments_are_stripped() -> None:
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SERIAL-4711</x:xmpmeta>"
    source = pictures.saved(pictures.halves(), "JPEG", xmp=xmp, comment=b"SERIAL-4711")
    assert source.count(b"SERIAL-4711") == 2

    assert not [body for body in every_variant(Content.JPEG, source) if b"SERIAL-4711" in body]


def test_the_sizes_are_those_of_the_contract() -> None:
    upright = decode(Content.JPEG, pictures.saved(pictures.halves(width=4000, height=3000), "JPEG"))
    seen = {size.name: [(r.content_type, r.width, r.height) for r in render(upright, size)] for size in SIZES}

    assert seen == {
        "thumbnail": [(Format.WEBP, 150, 150), (Format.JPEG, 150, 150)],
        "small": [(Format.WEBP, 320, 240), (Format.JPEG, 320, 240)],
        "medium": [(Format.WEBP, 640, 480), (Format.JPEG, 640, 480)],
        "large": [(Format.WEBP, 1080, 810), (Format.JPEG, 1080, 810)],
        "original": [(Format.JPEG, 4000, 3000)],
    }


def test_what_is_told_of_a_variant_is_what_it_is() -> None:
    upright = decode(Content.JPEG, pictures.saved(pictures.halves(width=1500, height=700), "JPEG"))
    for size in SIZES:
        for rendered in render(upright, size):
            with Image.open(io.BytesIO(rendered.body)) as image:
                assert image.size == (rendered.width, rendered.height)
                assert Image.MIME[image.format or ""] == rendered.content_type


def test_a_small_photograph_is_present_in_all_sizes_and_not_enlarged() -> None:
    upright = decode(Content.PNG, pictures.saved(pictures.halves(width=200, height=100), "PNG"))
    widths = {size.name: render(upright, size)[0].width for size in SIZES}

    assert widths == {"thumbnail": 150, "small": 200, "medium": 200, "large": 200, "original": 200}


@pytest.mark.parametrize(
    ("content", "make"),
    [
        (Content.JPEG, lambda: pictures.saved(pictures.halves("CMYK"), "JPEG")),
        (Content.JPEG, lambda: pictures.saved(pictures.halves(), "JPEG", progressive=True)),
        (Content.JPEG, pictures.with_srgb_profile),
        (Content.PNG, lambda: pictures.saved(pictures.halves("P"), "PNG")),
        (Content.PNG, lambda: pictures.saved(pictures.halves("RGBA"), "PNG")),
        (Content.WEBP, lambda: pictures.saved(pictures.halves("RGBA"), "WEBP")),
    ],
    ids=["cmyk", "progressive", "profile", "palette", "alpha", "webp"],
)
def test_colours_survive(content: Content, make: Callable[[], bytes]) -> None:
    for body in every_variant(content, make()):
        assert (colour_near(body, 0.2, 0.5), colour_near(body, 0.8, 0.5)) == ("red", "blue")


@pytest.mark.parametrize(
    "make", [pictures.sixteen_bit_png, lambda: pictures.saved(pictures.halves("L"), "PNG")], ids=["16 bit", "8 bit"]
)
def test_grey_photographs_stay_grey(make: Callable[[], bytes]) -> None:
    for body in every_variant(Content.PNG, make()):
        red, green, blue, _ = pixel(body, 0.1, 0.1)
        assert max(red, green, blue) - min(red, green, blue) <= 3
        assert 40 < red < 200


def test_sixteen_bits_become_eight() -> None:
    body = every_variant(Content.PNG, pictures.sixteen_bit_png())[0]

    assert abs(pixel(body, 0.1, 0.1)[0] - 40_000 // 256) <= 2


def test_transparency_is_kept_in_webp_and_white_in_jpeg() -> None:
    clear = pictures.saved(Image.new("RGBA", (400, 300), (255, 0, 0, 0)), "PNG")
    webp, jpeg = render(decode(Content.PNG, clear), SIZES[1])

    assert pixel(webp.body, 0.1, 0.1)[3] == 0
    assert min(pixel(jpeg.body, 0.1, 0.1)) > 250


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.95])
@pytest.mark.parametrize(("content", "format_"), [(Content.JPEG, "JPEG"), (Content.PNG, "PNG"), (Content.WEBP, "WEBP")])
def test_a_truncated_photograph_is_refused(content: Content, format_: str, kept: float) -> None:
    whole = pictures.saved(Image.effect_noise((400, 300), 80).convert("RGB"), format_)

    with pytest.raises(Undecodable):
        decode(content, whole[: int(len(whole) * kept)])


def test_an_archive_that_pretends_to_be_a_photograph_is_refused() -> None:
    with pytest.raises(Undecodable):
        read_header(Content.JPEG, b"\xff\xd8\xff" + pictures.zip_archive())


def test_the_header_of_a_bomb_is_read_without_decoding_it() -> None:
    header = read_header(Content.PNG, pictures.bomb_png())

    assert (header.width, header.height) == (30_000, 30_000)


def test_frames_are_counted() -> None:
    assert read_header(Content.WEBP, pictures.animated_webp()).frames == 3


def test_no_other_decoder_is_let_in() -> None:
    restrict_decoders()

    gif = pictures.saved(pictures.halves("P"), "GIF")
    with pytest.raises(pyvips.Error):
        pyvips.Image.new_from_buffer(gif, "")
    with pytest.raises(pyvips.Error):
        pyvips.Image.gifload_buffer(gif)
    assert decode(Content.JPEG, pictures.held(1)).width == 400


def test_what_no_jpeg_can_hold_is_unwritable() -> None:
    with pytest.raises(Unwritable):
        render(pyvips.Image.black(65_501, 1, bands=3).copy(interpretation="srgb"), SIZES[-1])


def test_the_longest_accepted_side_is_written_in_every_size() -> None:
    strip = pyvips.Image.black(65_500, 1, bands=3).copy(interpretation="srgb")
    assert all(render(strip, size) for size in SIZES)
