"""The commands of the runbooks' pages name what there is: kinds, Deployments, engines, containers and fields."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from hack.platform.credentials import ENGINES, OPERATOR, PLATFORM
from photo_operator.components.catalog import DEPLOYED

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.parent.joinpath("README.md") for path in ROOT.glob("runbooks/*/runbook.yaml"))
SECTIONS = ("Meaning", "Impact", "Diagnosis", "Mitigation")
NAME = "demo"
VERBS = {"get", "logs", "patch", "rollout", "delete", "wait"}
KINDS = {"pp", "rbx", "pods", "pod", "deployment", "configmap"}
DEPLOYMENTS = {f"{NAME}-{spec.component.value}" for spec in DEPLOYED}
CONTAINER = re.compile(r"^        - name: ([a-z0-9-]+)$", re.MULTILINE)


class Command(NamedTuple):
    """One line to paste."""

    page: str
    words: list[str]

    def option(self, *names: str) -> str | None:
        for word, following in zip(self.words, [*self.words[1:], ""], strict=True):
            if word in names:
                return following
            if word.startswith(tuple(f"{name}=" for name in names)):
                return word.partition("=")[2]
        return None


def commands() -> Iterator[Command]:
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL):
            yield from (Command(page.parent.name, shlex.split(line)) for line in block.splitlines())


COMMANDS = list(commands())
each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.words)[:90])


def engines() -> dict[str, set[str]]:
    """Return engine -> its containers, as the chart's templates name them."""
    files = ROOT.glob("charts/engines/templates/*.yaml")
    return {file.stem: set(CONTAINER.findall(file.read_text())) for file in files}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_a_page_has_its_sections_and_something_to_paste_in_the_last_two(page: Path) -> None:
    parts = re.split(r"^## ", page.read_text(), flags=re.MULTILINE)
    assert parts[0].startswith(f"# {page.parent.name}\n")
    assert tuple(part.partition("\n")[0] for part in parts[1:]) == SECTIONS
    assert all("```sh" in part for part in parts[3:])


@each_command
def test_a_command_is_kubectls_in_a_namespace_that_we_make(command: Command) -> None:
    program, option, namespace, verb, *_ = command.words
    assert (program, option) == ("kubectl", "-n")
    assert namespace in {PLATFORM, ENGINES, OPERATOR}
    assert verb in VERBS


@each_command
def test_a_command_names_what_there_is(command: Command) -> None:
    namespace, verb, rest = command.words[2], command.words[3], command.words[4:]
    target = rest[1] if verb == "rollout" else rest[0]
    kind, _, name = target.partition("/")
    if namespace == ENGINES:
        selected = (command.option("-l") or "").partition("=")[2]
        pods = [word.partition("/")[2] or word for word in rest if re.search(r"-0$", word)]
        engine = selected or pods[0].removesuffix("-0")
        assert engine in engines()
        container = command.option("-c")
        assert container is None or container in engines()[engine]
        return
    assert kind in KINDS
    if kind == "deployment":
        assert name in DEPLOYMENTS
    if selector := command.option("-l"):
        assert selector.removeprefix("app.kubernetes.io/component=") in {spec.component.value for spec in DEPLOYED}


def schema_at(path: list[str]) -> dict[str, object]:
    text = (ROOT / "charts/photoplatform-crds/templates/photoplatforms.yaml").read_text()
    found = yaml.safe_load(text)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    for part in path:
        found = found["properties"][part]
    return dict(found)


def leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from leaves(below, (*path, key))
    else:
        yield path


@pytest.mark.parametrize(
    "command",
    [command for command in COMMANDS if command.words[3] == "patch"],
    ids=lambda command: " ".join(command.words)[:90],
)
def test_a_patch_sets_fields_that_the_resource_has(command: Command) -> None:
    assert command.words[4:6] == ["pp", NAME]
    patch = yaml.safe_load(command.option("-p") or "")
    for path in leaves(patch):
        assert schema_at(list(path)), path
