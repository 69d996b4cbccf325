from pathlib import Path

from hack.images import catalog
from hack.images.build import ensure_built
from hack.images.catalog import Image
from hack.images.model import ImageBuild

IMAGES = (
    Image("engines-java", "localhost/java"),
    Image("kafka", "localhost/kafka", parents=(("PARENT", "engines-java"),)),
    Image("postgres", "localhost/postgres"),
)
NAMES = catalog.image_names(IMAGES)


class Store:
    """A builder in memory; `built` lists what was built, in order."""

    def __init__(self, *present: str) -> None:
        self.present = set(present)
        self.built: list[str] = []

    def has(self, name: str) -> bool:
        return name in self.present

    def build(self, image: ImageBuild) -> None:
        self.built.append(image.name)

    def save(self, name: str, archive: Path) -> None:
        raise NotImplementedError

    def save_oci(self, name: str, archive: Path) -> None:
        raise NotImplementedError


def test_an_image_is_built_after_its_parents_and_no_other_is() -> None:
    store = Store()
    assert ensure_built(store, ["kafka"], IMAGES) == NAMES
    assert store.built == [NAMES["engines-java"], NAMES["kafka"]]


def test_parents_that_are_there_are_not_built_again() -> None:
    store = Store(NAMES["engines-java"])
    ensure_built(store, ["kafka"], IMAGES)
    assert store.built == [NAMES["kafka"]]


def test_an_image_that_is_there_needs_no_parents() -> None:
    store = Store(NAMES["kafka"])
    ensure_built(store, ["kafka"], IMAGES)
    assert store.built == []
