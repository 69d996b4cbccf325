import dataclasses

import pytest

from hack.cluster import binaries

GO_MOD = b"module m\n\ngo 1.25.0\n\nrequire (\n\texample.org/tool v1.2.3\n\texample.org/tool/sub v9.9.9\n)\n"
PROGRAM = binaries.Program("tool", "tool", "example.org/tool", "example.org/tool/cmd", (("main.Version", "{version}"),))


@pytest.mark.parametrize("go_mod", [GO_MOD.decode(), "require example.org/tool v1.2.3\n"])
def test_the_version_comes_from_go_mod_in_either_form(go_mod: str) -> None:
    assert binaries.module_version(go_mod, "example.org/tool") == "v1.2.3"


def test_the_version_reaches_the_linker() -> None:
    assert binaries.build_linker_flags(PROGRAM, "v1.2.3") == "-s -w -X main.Version=v1.2.3"


def test_a_binary_is_named_by_program_version_and_content() -> None:
    assert binaries.build_file_name(PROGRAM, {"go.mod": GO_MOD}).startswith("tool-1.2.3-")


def test_the_same_sources_give_the_same_name_in_any_order() -> None:
    first = binaries.build_file_name(PROGRAM, {"go.mod": GO_MOD, "go.sum": b"s"})
    second = binaries.build_file_name(PROGRAM, {"go.sum": b"s", "go.mod": GO_MOD})
    assert first == second


@pytest.mark.parametrize(
    ("program", "sources"),
    [
        pytest.param(PROGRAM, {"go.mod": GO_MOD, "go.sum": b"other"}, id="another go.sum"),
        pytest.param(
            dataclasses.replace(PROGRAM, variables=()), {"go.mod": GO_MOD, "go.sum": b"s"}, id="other build variables"
        ),
    ],
)
def test_another_sum_or_flag_is_another_file(program: binaries.Program, sources: dict[str, bytes]) -> None:
    unchanged = binaries.build_file_name(PROGRAM, {"go.mod": GO_MOD, "go.sum": b"s"})
    assert binaries.build_file_name(program, sources) != unchanged


@pytest.mark.parametrize(
    "program",
    [*binaries.NODE, *binaries.TOOLS, *binaries.FOR_IMAGES, *binaries.FOR_BENCH, binaries.KIND],
    ids=lambda program: program.name,
)
def test_every_program_has_its_module_and_every_module_a_fixed_version(program: binaries.Program) -> None:
    assert binaries.version(program).startswith("v")
    assert (binaries.version(program) == "v0") == (program is binaries.PAUSE)
