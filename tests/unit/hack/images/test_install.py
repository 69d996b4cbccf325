from pathlib import Path

from hack.images.install import ensure_image
from hack.images.model import ImageBuild

IMAGE = ImageBuild("localhost/a:1", Path("Dockerfile"), Path())


class Store:
    """A builder and a cluster in memory; `did` lists what cost time."""

    def __init__(self, *, built: bool = False, loaded: bool = False) -> None:
        self.built = {IMAGE.name} if built else set()
        self.loaded = {IMAGE.name} if loaded else set()
        self.did: list[str] = []

    def has(self, name: str) -> bool:
        return name in self.built

    def build(self, image: ImageBuild) -> None:
        self.did.append("build")
        self.built.add(image.name)

    def save(self, name: str, archive: Path) -> None:
        archive.write_text(name)

    def save_oci(self, name: str, archive: Path) -> None:
        raise NotImplementedError

    def has_image(self, name: str) -> bool:
        return name in self.loaded

    def load_image(self, archive: Path) -> None:
        self.did.append("load")
        self.loaded.add(archive.read_text())


def test_an_image_that_the_cluster_has_costs_nothing() -> None:
    store = Store(loaded=True)
    ensure_image(store, store, IMAGE)
    assert store.did == []


def test_an_image_that_was_built_is_only_loaded() -> None:
    store = Store(built=True)
    ensure_image(store, store, IMAGE)
    assert store.did == ["load"]


def test_a_new_image_is_built_and_loaded() -> None:
    store = Store()
    ensure_image(store, store, IMAGE)
    assert store.did == ["build", "load"]
    assert store.has_image(IMAGE.name)
