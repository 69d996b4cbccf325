import pytest

from hack.cluster import node_images

HEADER = "REF TYPE DIGEST STATUS SIZE UNPACKED\n"
LINE = "localhost/a:1 application/vnd.oci.image.manifest.v1+json sha256:1 {status} 1.0 MiB/1.0 MiB {unpacked}\n"


def test_an_image_with_all_content_and_unpacked_is_complete() -> None:
    assert node_images.is_complete(HEADER + LINE.format(status="complete (2/2)", unpacked="true"))


@pytest.mark.parametrize(
    "check",
    [
        HEADER,
        HEADER + LINE.format(status="complete (2/2)", unpacked="false"),
        HEADER + LINE.format(status="incomplete (1/2)", unpacked="true"),
    ],
    ids=["absent", "not unpacked", "content missing"],
)
def test_what_an_interrupted_import_leaves_is_not(check: str) -> None:
    assert not node_images.is_complete(check)
