from pathlib import Path

import pytest

from hack.cluster import components, layout
from hack.cluster.binaries import Program


def binary(program: Program) -> Path:
    return Path(f"/cache/bin/{program.name}-1.0-abc")


COMPONENTS = components.build_components(binary)


def test_what_others_need_starts_before_them() -> None:
    names = [component.name for component in COMPONENTS]
    assert names == [
        "containerd",
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kubelet",
        "kube-proxy",
        "local-path-provisioner",
    ]


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_every_process_can_be_found_by_a_folder_of_the_node_in_its_arguments(component: components.Component) -> None:
    assert any(str(layout.NODE) in word for word in component.argv[1:])


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_configuration_files_are_named_on_the_command_line(component: components.Component) -> None:
    assert all(any(str(file.path) in word for word in component.argv) for file in component.files)


def test_another_content_is_another_command_line() -> None:
    changed = components.build_components(lambda program: Path(f"/cache/bin/{program.name}-2.0-def"))
    assert changed[0].argv != COMPONENTS[0].argv  # containerd names the pause image in its file


def test_an_image_is_named_after_its_binary() -> None:
    assert components.image_name(Path("/x/coredns-1.2-abc")) == "localhost/photoplatform-node/coredns:1.2-abc"
