from pathlib import Path

from hack.images.buildah import build_argv
from hack.images.model import ImageBuild

IMAGE = ImageBuild("localhost/a:1", Path("/x/Dockerfile"), Path("/x"), {"B": "2", "A": "1"})


def test_the_host_s_certificates_are_mounted_not_copied() -> None:
    assert "/host.crt:/etc/ssl/certs/ca-certificates.crt:ro" in build_argv(IMAGE, Path("/host.crt"))


def test_a_machine_without_certificates_builds_without_them() -> None:
    assert "--volume" not in build_argv(IMAGE, None)


def test_arguments_come_in_a_fixed_order_so_that_layers_are_found_again() -> None:
    words = build_argv(IMAGE, None)
    assert [words[at + 1] for at, word in enumerate(words) if word == "--build-arg"] == ["A=1", "B=2"]
