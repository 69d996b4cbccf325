"""Shared options stand anywhere, and whatever goes wrong is one sentence with an exit code."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from photo_core.fakes.clock import FakeClock
from photo_operator.cli.connection import ClusterTarget, Connected, merge, read_config
from photo_operator.cli.errors import CliError, ExitCode
from photo_operator.cli.group import hoist
from photo_operator.cli.lookups import suggest
from photo_operator.cli.main import app
from photo_operator.cli.session import Tools
from photo_operator.cluster.fake import FakeCluster
from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.port import ClusterRefused, ClusterUnavailable
from tests.unit.operator.cli.conftest import Call


@pytest.mark.parametrize(
    ("words", "hoisted"),
    [
        (["status", "demo", "-n", "photos"], ["-n", "photos", "status", "demo"]),
        (["status", "--output=json", "-nphotos"], ["--output=json", "-nphotos", "status"]),
        (["pause", "--", "-n"], ["pause", "--", "-n"]),
        (["status", "-n"], ["-n", "status"]),
    ],
)
def test_shared_options_may_stand_anywhere(words: list[str], hoisted: list[str]) -> None:
    assert hoist(words) == hoisted


class Failing(FakeCluster):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    async def list(self, kind: Kind, namespace: str, labels: dict[str, str] | None = None) -> list[dict[str, object]]:
        del kind, namespace, labels
        raise self.error


REFUSALS = [
    (ClusterRefused("Forbidden", "user ann cannot list"), 3, "the API server forbids it: user ann cannot list"),
    (ClusterRefused("Unauthorized", "no"), 3, "does not accept the credentials"),
    (ClusterRefused("404", "list photoplatforms: HTTP 404"), 3, "install charts/photoplatform-crds"),
    (ClusterUnavailable("list photoplatforms: ConnectError refused"), 3, "the API server does not answer"),
    (
        ClusterRefused("Conflict", "the object has been modified"),
        2,
        "changed in the meantime: look at it and try again",
    ),
    (ClusterRefused("Invalid", "say who pauses the platform"), 2, "the API server refuses: say who pauses"),
]


@pytest.mark.parametrize(("error", "code", "sentence"), REFUSALS, ids=[str(error) for error, *_ in REFUSALS])
def test_a_cluster_that_does_not_grant_it_is_one_sentence(error: Exception, code: int, sentence: str) -> None:
    @asynccontextmanager
    async def connect(target: ClusterTarget) -> AsyncIterator[Connected]:
        yield Connected(Failing(error), target.namespace or "default")

    result = CliRunner().invoke(app, ["status"], obj=Tools(connect, FakeClock()))
    assert result.exit_code == code
    assert result.stderr.startswith("error: ")
    assert sentence in result.stderr


def test_a_wrong_name_leads_to_the_right_one(call: Call) -> None:
    result = call("status", "dmeo")
    assert result.exit_code == ExitCode.USAGE
    assert "there is no PhotoPlatform dmeo in namespace photos: did you mean demo?" in result.stderr


def test_a_wrong_namespace_leads_to_the_right_one(call: Call) -> None:
    result = call("status", "-n", "default")
    assert result.exit_code == ExitCode.USAGE
    assert "demo (-n photos)" in result.stderr


def test_of_many_names_a_few_are_said() -> None:
    assert suggest("x", [f"demo-{number}" for number in range(8)]) == (
        "there is demo-0, demo-1, demo-2, demo-3, demo-4 and 3 more"
    )


def test_of_several_platforms_one_must_be_named(call: Call, cluster: FakeCluster) -> None:
    other = cluster.objects[(Kind.PLATFORM, "photos", "demo")]
    cluster.put(Kind.PLATFORM, other | {"metadata": other["metadata"] | {"name": "test"}})
    assert "several platforms, name one: demo, test" in call("status").stderr


KUBECONFIG = """
clusters: [{name: c, cluster: {server: "https://one:6443"}}]
contexts: [{name: one, context: {cluster: c, user: u, namespace: photos}}]
users: [{name: u, user: {token: t}}]
current-context: one
"""


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        path = tmp_path / "config"
        path.write_text(text)
        return str(path)

    return write


def test_the_context_of_the_kubeconfig_counts(kubeconfig: Callable[[str], str]) -> None:
    found = read_config(ClusterTarget(kubeconfig(KUBECONFIG)))
    assert (found.cluster.server, found.namespace) == ("https://one:6443", "photos")


def test_a_wrong_context_is_answered_with_the_known_ones(kubeconfig: Callable[[str], str]) -> None:
    with pytest.raises(CliError, match="the kubeconfig knows one"):
        read_config(ClusterTarget(kubeconfig(KUBECONFIG), context="two"))


def test_without_a_kubeconfig_the_next_step_is_said(tmp_path: Path) -> None:
    with pytest.raises(CliError, match=r"there is no kubeconfig at .*: set KUBECONFIG"):
        read_config(ClusterTarget(str(tmp_path / "nowhere")))


def test_of_several_kubeconfigs_the_first_counts() -> None:
    first = {"contexts": [{"name": "a", "context": 1}], "current-context": "a"}
    second = {"contexts": [{"name": "a", "context": 2}, {"name": "b", "context": 3}], "current-context": "b"}
    merged = merge([first, second])
    assert merged["current-context"] == "a"
    assert {found["name"]: found["context"] for found in merged["contexts"]} == {"a": 1, "b": 3}
