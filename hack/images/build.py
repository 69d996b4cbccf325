"""Builds the images that are missing, parents first, and loads them into the cluster.

Called by `make up` before the charts are installed, by `make release` and by `python -m hack images build`. Idempotent:
a tag identifies content, so existing images are never rebuilt.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hack.images import catalog
from hack.images.install import ensure_image
from hack.images.model import ImageBuild
from hack.steps import step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hack.images.catalog import Image
    from hack.images.install import ImageTarget
    from hack.images.model import ImageBuilder


def ensure_images(
    builder: ImageBuilder, target: ImageTarget, images: Sequence[Image] = catalog.IMAGES
) -> dict[str, str]:
    """Make all images available in the cluster; return key -> full name. `images` must include all parents."""
    names = catalog.image_names(images)
    missing = [image for image in images if image.loaded and not target.has_image(names[image.key])]
    ensure_built(builder, [image.key for image in missing], images)
    for image in missing:
        ensure_image(builder, target, _describe(image, names, image.dockerfile.parent))
    return names


def ensure_built(
    builder: ImageBuilder, keys: Iterable[str], images: Sequence[Image] = catalog.IMAGES
) -> dict[str, str]:
    """Build the images of these keys that the builder lacks, parents first; return key -> full name of all images."""
    names = catalog.image_names(images)
    needed = closure((key for key in keys if not builder.has(names[key])), images)
    for image in images:
        if image.key in needed and not builder.has(names[image.key]):
            build_image(builder, image, names)
    return names


def closure(keys: Iterable[str], images: Sequence[Image]) -> frozenset[str]:
    """Return `keys` and the keys of all their ancestors."""
    by_key = {image.key: image for image in images}
    found: set[str] = set()
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += [parent for _, parent in by_key[key].parents]
    return frozenset(found)


def build_image(builder: ImageBuilder, image: Image, names: Mapping[str, str]) -> None:
    """Build an image in a temporary folder with its sources."""
    with step(f"build {names[image.key]}"), tempfile.TemporaryDirectory() as folder:
        context = Path(folder)
        for source in image.sources:
            source.place(context)
        builder.build(_describe(image, names, context))


def _describe(image: Image, names: Mapping[str, str], context: Path) -> ImageBuild:
    return ImageBuild(names[image.key], image.dockerfile, context, catalog.build_arguments(image, names))
