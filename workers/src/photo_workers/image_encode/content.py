"""What an upload is, told by its first bytes. Names and announced types are not believed.

Used by `validation` and `codec`. The types that cannot be decoded are known here only to be named to the user.
"""

from enum import StrEnum


class Content(StrEnum):
    """What uploads turn out to be; the value is what a user is told."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    GIF = "GIF"
    HEIC = "HEIC"
    AVIF = "AVIF"
    TIFF = "TIFF"
    BMP = "BMP"
    PDF = "PDF"
    ZIP = "a ZIP archive"
    VIDEO = "a video"
    MARKUP = "HTML, XML or SVG"
    EMPTY = "an empty file"
    UNKNOWN = "an unknown format"


READABLE = frozenset({Content.JPEG, Content.PNG, Content.WEBP})

_MAGIC: tuple[tuple[bytes, Content], ...] = (
    (b"\xff\xd8\xff", Content.JPEG),
    (b"\x89PNG\r\n\x1a\n", Content.PNG),
    (b"GIF87a", Content.GIF),
    (b"GIF89a", Content.GIF),
    (b"II*\x00", Content.TIFF),
    (b"MM\x00*", Content.TIFF),
    (b"BM", Content.BMP),
    (b"%PDF-", Content.PDF),
    (b"PK\x03\x04", Content.ZIP),
    (b"\x1a\x45\xdf\xa3", Content.VIDEO),
    (b"<", Content.MARKUP),
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


def sniff(data: bytes) -> Content:
    """Return what a file is by its first 16 bytes."""
    if not data:
        return Content.EMPTY
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Content.WEBP
    if data[4:8] == b"ftyp":
        return _sniff_boxes(data[8:12])
    return next((content for magic, content in _MAGIC if data.startswith(magic)), Content.UNKNOWN)


def _sniff_boxes(brand: bytes) -> Content:
    """Tell still pictures from films among the files of ISO's base media format."""
    if brand in _HEIC_BRANDS:
        return Content.HEIC
    return Content.AVIF if brand in _AVIF_BRANDS else Content.VIDEO
