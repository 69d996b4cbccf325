"""The operator as a process on this host, for a scratch namespace of the real API server. Used by the end-to-end tests.

Its platform names Secrets that do not exist: what needs no engine is reconciled, and none is asked.
"""

import asyncio
import contextlib
import re
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from hack.commands import with_environment
from hack.scenarios.cluster import GROUP, VERSION, Cluster
from tests.support.api_server_proxy import build_kubeconfig

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 15
OPERATOR = Path(sys.executable).parent / "photo-operator"


async def until(what: str, look: Callable[[], Any], deadline: float) -> float:
    """Look until something true is found; return the seconds that it took.

    Raises:
        AssertionError: the deadline (seconds) passed.
    """
    begun = time.monotonic()
    while not await asyncio.to_thread(look):
        if time.monotonic() - begun > deadline:
            raise AssertionError(f"not within {deadline:g} s: {what}")
        await asyncio.sleep(0.1)
    return time.monotonic() - begun


@dataclass
class OperatorProcess:
    """One process."""

    process: asyncio.subprocess.Process
    port: int
    log: Path
    started: float

    def standing(self) -> str:
        """Return what /readyz says; an empty text where nobody answers."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=2).text
        except httpx.HTTPError:
            return ""

    def leads(self) -> bool:
        """Whether it says that it leads."""
        return self.standing().startswith("leading")

    def metric(self, name: str) -> dict[str, float]:
        """Return the samples of a metric by their labels as they are written."""
        text = httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=5).text
        found = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", text, re.MULTILINE)
        return {labels: float(value) for labels, value in found}

    def memory_bytes(self) -> int:
        """Return its resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) * 1024

    async def stop(self) -> None:
        """Ask it to end where it still runs, so that it gives up its Lease, and kill it where it does not."""
        if self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def start_operator(namespace: str, folder: Path, kubeconfig: Path) -> OperatorProcess:
    """Start one for the platforms of a namespace, with its Lease there, too."""
    port, alert_port = _free_port(), _free_port()
    log = folder / f"operator-{port}.log"
    words = [f"--watch-namespace={namespace}", f"--lease-namespace={namespace}", f"--identity=on-host-{port}"]
    words += [f"--port={port}", f"--alert-port={alert_port}", f"--runbooks={ROOT / 'runbooks'}"]
    command = with_environment({"KUBECONFIG": str(kubeconfig)}, [OPERATOR, "run", *words])
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(*command, stdout=output, stderr=output)
    return OperatorProcess(process, port, log, time.monotonic())


def write_kubeconfig(folder: Path, port: int) -> Path:
    """Write a kubeconfig that leads through a proxy."""
    path = folder / f"kubeconfig-{port}"
    path.write_text(build_kubeconfig(port))
    return path


@contextlib.contextmanager
def empty_namespace(cluster: Cluster, name: str) -> Iterator[str]:
    """Have a namespace while the block lasts."""
    _delete(cluster, name)
    cluster.core.create_namespace({"metadata": {"name": name}})
    try:
        yield name
    finally:
        _delete(cluster, name)


@contextlib.contextmanager
def scratch_namespace(cluster: Cluster, name: str) -> Iterator["Scratch"]:
    """Have a namespace with one platform while the block lasts."""
    with empty_namespace(cluster, name):
        scratch = Scratch(cluster, name)
        scratch.create_platform("demo")
        yield scratch


def _delete(cluster: Cluster, name: str) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        try:
            cluster.core.delete_namespace(name)
        except ApiException as error:
            if error.status == 404:
                return
        time.sleep(0.5)
    raise AssertionError(f"namespace {name} does not go away")


class Scratch:
    """A namespace of its own."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.name = name
        self._core = cluster.core
        self._custom = client.CustomObjectsApi(cluster.core.api_client)

    def create_platform(self, name: str) -> None:
        """Create a platform whose Secrets do not exist."""
        sample = yaml.safe_load((ROOT / "examples/photoplatform.yaml").read_text())
        sample["metadata"] = {"name": name, "namespace": self.name}
        sample["spec"]["api"].pop("service", None)  # a node port is the cluster's, and taken
        self._custom.create_namespaced_custom_object(GROUP, VERSION, self.name, "photoplatforms", sample)

    def service_uid(self) -> str:
        """Return the uid of the platform's Service; empty where there is none."""
        found = self._core.list_namespaced_service(self.name, field_selector="metadata.name=demo-api").items
        return str(found[0].metadata.uid) if found else ""

    def delete_service(self) -> str:
        """Delete the platform's Service and return its uid."""
        uid = self.service_uid()
        self._core.delete_namespaced_service("demo-api", self.name)
        return uid

    def is_back(self, deleted: str) -> bool:
        """Whether there is a Service again."""
        return self.service_uid() not in ("", deleted)

    def lease_holder(self, leases: Any) -> str:
        """Return who holds the Lease."""
        return str(leases.read_namespaced_lease("photoplatform-operator", self.name).spec.holder_identity or "")


@contextlib.asynccontextmanager
async def operators(*started: OperatorProcess) -> AsyncIterator[None]:
    """Leave none of these processes behind."""
    try:
        yield
    finally:
        for operator in started:
            await operator.stop()
