"""Runs the API and workers of the platform on this host, with the commands of the pods.

Called by the figures that read pages or follow a post. One process each, with the environment of a pod except for
ports.
"""

import contextlib
import itertools
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
from msgspec import Struct

from bench import processes
from bench.feed.context import Bench
from bench.load import Request
from bench.workloads import social
from bench.workloads.deliveries import account_id
from hack.steps import StepError, step, wait_until
from photo_app.authentication.tokens import Tokens
from photo_core.clock import SystemClock
from photo_core.settings import Variable, signing_keys

BIN = Path(sys.executable).parent
API_PORT = 17180
FIRST_METRICS_PORT = 17190
START_SECONDS = 60.0
_metrics_ports = itertools.cycle(range(FIRST_METRICS_PORT, FIRST_METRICS_PORT + 10))


class Api(Struct, frozen=True):
    """An API process on this host."""

    url: str
    pid: int

    def cpu_seconds(self) -> float:
        """Return the CPU time of its process so far."""
        return processes.cpu_seconds([self.pid])


def provision(bench: Bench) -> None:
    """Create topics, schema and keyspace as the provisioning Job does."""
    with step("provision the engines"):
        processes.answer_of([str(BIN / "photo-workers"), "provision"], bench.environment, "photo-workers provision")


@contextlib.contextmanager
def api(bench: Bench, changes: Mapping[str, str] | None = None) -> Iterator[Api]:
    """Run the API until the block ends; `changes` override its environment."""
    environment = {
        **bench.environment,
        Variable.HTTP_PORT: str(API_PORT),
        Variable.METRICS_PORT: str(next(_metrics_ports)),
        **(changes or {}),
    }
    url = f"http://127.0.0.1:{API_PORT}"
    log = bench.folder / "photo-app.log"
    # killed, because on SIGTERM it would wait for its removal from Services, which do not exist here
    with processes.running([str(BIN / "photo-app")], environment, log, signal.SIGKILL) as child:
        wait_until(lambda: child.poll() is not None or _answers(f"{url}/readyz"), START_SECONDS, "the API answers")
        if child.poll() is not None:
            raise StepError("start the API", log.read_text()[-2_000:])
        yield Api(url, child.pid)


@contextlib.contextmanager
def worker(bench: Bench, name: str, changes: Mapping[str, str] | None = None) -> Iterator[int]:
    """Run a worker until the block ends, and yield its pid; `changes` override its environment."""
    environment = {**bench.environment, Variable.METRICS_PORT: str(next(_metrics_ports)), **(changes or {})}
    log = bench.folder / f"{name}.log"
    with processes.running([str(BIN / "photo-workers"), "run", name], environment, log) as child:
        yield child.pid


def token(bench: Bench, number: int) -> str:
    """Return an access token of an account."""
    tokens = Tokens(signing_keys(bench.source).token, SystemClock())
    return tokens.issue(account_id(number), social.username(number), f"bench-{number}")[0]


def page_requests(bench: Bench, serving: Api, viewers: list[int], limit: str = "20") -> list[Request]:
    """Return a request for the first feed page of each viewer."""
    return [
        Request(f"{serving.url}/v1/feed?limit={limit}", {"Authorization": (f"Bearer {token(bench, viewer)}",)})
        for viewer in viewers
    ]


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url, timeout=2.0).is_success
    return False
