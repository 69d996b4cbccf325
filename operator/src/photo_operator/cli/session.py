"""One invocation of the command line: shared options, access to the cluster, and output. Created by `main`."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, TypeVar

import typer
from msgspec import Struct

from photo_core.clock import Clock
from photo_operator.cli.connection import ClusterTarget, Connect, Connected
from photo_operator.cli.errors import CliError, unreachable, usage
from photo_operator.cli.render import console
from photo_operator.cluster.port import ClusterRefused, ClusterUnavailable
from photo_operator.times import rfc3339

T = TypeVar("T")
ANSWER_SECONDS = 20.0
NO_ACCESS: dict[str, str] = {
    "Forbidden": "the API server forbids it: {}",
    "Unauthorized": "the API server does not accept the credentials of this context: log in again",
    # the API server gives no reason for an API group that it does not serve
    "404": "the cluster does not know PhotoPlatform: install charts/photoplatform-crds first",
}


class Output(StrEnum):
    """Output formats."""

    TEXT = "text"  # for people: rich in a terminal, plain elsewhere
    JSON = "json"  # for programs: fields are never removed or renamed


class Tools(Struct, frozen=True):
    """Dependencies that tests replace."""

    connect: Connect
    clock: Clock


class Session(Struct, frozen=True):
    """One invocation of the command line."""

    tools: Tools
    target: ClusterTarget
    output: Output

    @property
    def now(self) -> str:
        """RFC 3339 UTC."""
        return rfc3339(self.tools.clock)

    def run(self, work: Callable[[Connected], Awaitable[T]]) -> T:
        """Run a function that uses the cluster, and return its result.

        Raises:
            CliError: the cluster does not answer, or refuses.
        """
        try:
            return asyncio.run(self._run(work))
        except ClusterRefused as refused:
            raise _refusal(refused) from refused
        except ClusterUnavailable as silent:
            raise unreachable(f"the API server does not answer: {silent}") from silent
        except TimeoutError as error:
            raise unreachable(f"the API server has not answered within {ANSWER_SECONDS:.0f} s") from error

    async def _run(self, work: Callable[[Connected], Awaitable[T]]) -> T:
        async with asyncio.timeout(ANSWER_SECONDS), self.tools.connect(self.target) as connected:
            return await work(connected)

    def show(self, view: Struct, render: Callable[[Any], console.Lines]) -> None:
        """Print a view: as JSON, or rendered for people."""
        if self.output is Output.JSON:
            console.print_json(view)
        else:
            console.print_lines(render(view))


def _refusal(refused: ClusterRefused) -> CliError:
    """Return the error for a refused request: no access, or a request that is not acceptable."""
    if refused.reason in NO_ACCESS:
        return unreachable(NO_ACCESS[refused.reason].format(refused.message))
    if refused.reason == "Conflict":
        return usage("the object was changed in the meantime: look at it and try again")
    return usage(f"the API server refuses: {refused.message}")


def session_of(context: typer.Context) -> Session:
    """Return the session that the root command made."""
    found: Session = context.obj
    return found
