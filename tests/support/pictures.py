"""Pictures of every kind that people, and those who mean ill, upload. Made here, so that nothing is committed."""

import io
import struct
import zipfile
import zlib

import piexif
from PIL import Image, ImageCms

RED, BLUE = (220, 30, 30), (20, 40, 210)


def halves(mode: str = "RGB", width: int = 400, height: int = 300) -> Image.Image:
    """Return a picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image.convert(mode)


def saved(image: Image.Image, format_: str, **options: object) -> bytes:
    """Return a picture as a file."""
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def phone_exif(orientation: int = 1) -> bytes:
    """Return EXIF as a phone writes it: where, with which camera, and how it was held."""
    gps = {piexif.GPSIFD.GPSLatitudeRef: b"N", piexif.GPSIFD.GPSLatitude: ((52, 1), (31, 1), (12, 1))}
    zeroth = {piexif.ImageIFD.Orientation: orientation, piexif.ImageIFD.Make: b"Testcamera"}
    dumped: bytes = piexif.dump({"0th": zeroth, "Exif": {piexif.ExifIFD.BodySerialNumber: b"SERIAL-4711"}, "GPS": gps})
    return dumped


_TRANSPOSED_BACK = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def held(orientation: int) -> bytes:
    """Return a JPEG that shows `halves` once its orientation, 1 to 8, is obeyed."""
    method = _TRANSPOSED_BACK[orientation]
    image = halves() if method is None else halves().transpose(method)
    return saved(image, "JPEG", quality=95, exif=phone_exif(orientation))


def with_srgb_profile() -> bytes:
    """Return a JPEG with an embedded colour profile."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return saved(halves(), "JPEG", quality=95, icc_profile=profile)


def sixteen_bit_png() -> bytes:
    """Return a grey PNG of 16 bits a sample."""
    return saved(Image.new("I;16", (400, 300), 40_000), "PNG")


def animated_webp() -> bytes:
    """Return a WebP of three frames."""
    frames = [Image.new("RGB", (64, 64), (shade, 0, 0)) for shade in (10, 120, 240)]
    return saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100)


def bomb_png(width: int = 30_000, height: int = 30_000) -> bytes:
    """Return a few bytes whose header promises an enormous picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def zip_archive() -> bytes:
    """Return what somebody renamed to .jpg."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("photo.jpg", b"no photograph")
    return out.getvalue()
