"""Photographs made for tests: small, real JPEGs with the EXIF that a phone would write."""

import io

import piexif
from PIL import Image, ImageDraw

ORIENTATION_ROTATED_90 = 6


def photograph(width: int = 1600, height: int = 1200, seed: int = 1) -> bytes:
    """Return a JPEG with GPS, a serial number and orientation 6 (the camera was held upright)."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.ellipse((50, 50, 50 + 40 * seed, 350), fill=(200, 30 * seed % 255, 60))
    exif = piexif.dump(
        {
            "0th": {piexif.ImageIFD.Orientation: ORIENTATION_ROTATED_90, piexif.ImageIFD.Make: b"Testcamera"},
            "Exif": {piexif.ExifIFD.BodySerialNumber: b"SERIAL-4711"},
            "GPS": {piexif.GPSIFD.GPSLatitudeRef: b"N", piexif.GPSIFD.GPSLatitude: ((52, 1), (31, 1), (0, 1))},
        }
    )
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88, exif=exif)
    return out.getvalue()
