"""Find, start and stop the node's processes by what /proc says, with no pid files.

Called by `node`. A component is the process whose command line is exactly its argv, so a run that was interrupted
between start and note leaves no orphan, a pid that was used again deceives nobody, and any clone finds the process.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from hack import paths
from hack.cluster import layout
from hack.steps import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hack.cluster.components import Component

_HEALTH_TIMEOUT_SECONDS = 3
_KILL_TIMEOUT_SECONDS = 10
_START_SECONDS = 10
_SHIM = "containerd-shim-runc-v2"


@dataclass(frozen=True)
class Process:
    """One process as /proc shows it; `start` (clock ticks since boot) tells two users of one pid apart."""

    pid: int
    start: int
    argv: tuple[str, ...]
    cgroup: str


def running(component: Component, processes: Iterable[Process]) -> list[Process]:
    """Return the processes that are `component`: at most one, unless two runs raced before there was a lock."""
    return [process for process in processes if process.argv == component.argv]


def is_daemon_of_node(process: Process, names: Iterable[str]) -> bool:
    """Whether the process is one of the programs `names` or a containerd shim, working on our folders.

    An older build or another clone's counts too: the folders are the machine's, not the clone's.
    """
    program = Path(process.argv[0]).name if process.argv else ""
    known = program == _SHIM or any(program == name or program.startswith(f"{name}-") for name in names)
    ours = (str(paths.STATE), str(paths.RUN))
    return known and any(folder in word for word in process.argv[1:] for folder in ours)


def is_in_pod(process: Process) -> bool:
    """Whether the process runs in a container of this node."""
    return any(f":/{layout.CGROUP_ROOT}/" in line for line in process.cgroup.splitlines())


def list_processes() -> list[Process]:
    """Return all processes of the machine that are alive; kernel threads and zombies have no command line."""
    found = (_read(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return [process for process in found if process is not None and process.argv]


def start(component: Component) -> None:
    """Start the component on its own, its output appended to its log."""
    component.log.parent.mkdir(parents=True, exist_ok=True)
    with component.log.open("ab") as log:
        child = subprocess.Popen(
            component.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
        )

    def shows() -> bool:
        """The new command line stands in /proc a moment after exec; a process that ended at once shows none."""
        return child.poll() is not None or bool(running(component, list_processes()))

    wait_until(shows, _START_SECONDS, f"{component.name} shows in /proc")


def end(processes: Iterable[Process], with_signal: signal.Signals, seconds: float) -> bool:
    """Signal the processes, wait until they are gone, and say whether all are."""
    with contextlib.ExitStack() as stack:
        handles = [stack.enter_context(handle) for handle in map(_handle, processes) if handle is not None]
        for handle in handles:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle.fd, with_signal)
        return not [handle for handle in handles if not handle.wait(seconds)]


def stop(processes: list[Process], seconds: float) -> None:
    """Ask the processes to end, and kill those that have not after `seconds`."""
    if not end(processes, signal.SIGTERM, seconds) and not end(processes, signal.SIGKILL, _KILL_TIMEOUT_SECONDS):
        raise TimeoutError(f"processes survive SIGKILL: {[process.pid for process in processes]}")


def is_healthy(url: str) -> bool:
    """Whether the unix:// socket takes connections, or the URL answers 200; as the administrator over HTTPS."""
    if url.startswith("unix://"):
        return _accepts(url.removeprefix("unix://"))
    context = _client_context() if url.startswith("https") else None
    try:
        with urllib.request.urlopen(url, timeout=_HEALTH_TIMEOUT_SECONDS, context=context) as answer:  # noqa: S310 - our own constants
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _accepts(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        try:
            channel.connect(path)
        except OSError:
            return False
        return True


@dataclass(frozen=True)
class _Handle:
    """A pidfd: it stays with its process, whoever gets the pid next."""

    fd: int

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)

    def wait(self, seconds: float) -> bool:
        ready, _, _ = select.select([self.fd], [], [], seconds)
        return bool(ready)


def _handle(process: Process) -> _Handle | None:
    try:
        handle = _Handle(os.pidfd_open(process.pid))
    except ProcessLookupError:
        return None
    now = _read(process.pid)
    if now is None or now.start != process.start:
        os.close(handle.fd)
        return None
    return handle


def _read(pid: int) -> Process | None:
    folder = Path(f"/proc/{pid}")
    try:
        words = (folder / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        # The program's name, in brackets, may hold blanks: count fields from its end. Start time is field 22.
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        cgroup = (folder / "cgroup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return Process(pid, int(fields[19]), tuple(word.decode(errors="replace") for word in words if word), cgroup)


def _client_context() -> ssl.SSLContext:
    # The controllers' health ports serve certificates of their own making, on this machine's loopback.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(layout.CERTIFICATES / "admin.crt", layout.CERTIFICATES / "admin.key")
    return context
