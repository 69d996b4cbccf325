from hack.images import catalog
from hack.images.build import closure
from hack.images.sources import digest_files, select_requirements


def test_parents_stand_before_their_children() -> None:
    seen: set[str] = set()
    for image in catalog.IMAGES:
        assert {key for _, key in image.parents} <= seen
        seen.add(image.key)


def test_every_image_has_a_dockerfile_that_uses_its_parents() -> None:
    for image in catalog.IMAGES:
        text = image.dockerfile.read_text()
        assert all(f"ARG {argument}=" in text and f"FROM ${{{argument}}}" in text for argument, _ in image.parents)


def test_a_tag_changes_with_each_part_and_keeps_the_version() -> None:
    tags = {catalog.compute_tag("4.2.0", parts) for parts in (["a", "b"], ["b", "a"], ["a", "c"], ["a"])}

    assert len(tags) == 4
    assert all(tag.startswith("4.2.0-") for tag in tags)


def test_a_tag_without_a_version_is_the_hash_alone() -> None:
    assert "-" not in catalog.compute_tag("", ["a"])


def test_a_digest_of_files_ignores_order_and_sees_names_and_contents() -> None:
    files = [("a", b"1"), ("b", b"2")]

    assert digest_files(files) == digest_files(reversed(files))
    assert digest_files(files) != digest_files([("a", b"2"), ("b", b"1")])
    assert digest_files([("a", b"1\nb")]) != digest_files([("a", b"1"), ("b", b"")])


def test_selected_requirements_keep_their_hashes_and_lose_the_others() -> None:
    text = "redis==8.1.0 \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\nredis-other==1 \\\n    --hash=sha256:3\n"

    assert select_requirements(text, ["redis"]) == "redis==8.1.0 \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\n"


def test_what_is_built_includes_every_ancestor_and_nothing_else() -> None:
    assert closure(["photoplatform"], catalog.IMAGES) == {"photoplatform", "base", "python-tools"}
