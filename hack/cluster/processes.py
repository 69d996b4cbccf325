"""Finds, starts and stops the node's processes by their command lines in /proc, without pid files.

Called by `node`. So an interrupted start leaves no orphan, reused pids cause no mistakes, and every clone finds the
processes.
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
    """One process in /proc; `start` (clock ticks since boot) distinguishes processes with the same pid."""

    pid: int
    start: int
    argv: tuple[str, ...]
    cgroup: str


def running(component: Component, processes: Iterable[Process]) -> list[Process]:
    """Return the processes of a component: at most one, since `up` holds a lock."""
    return [process for process in processes if process.argv == component.argv]


def is_daemon_of_node(process: Process, names: Iterable[str]) -> bool:
    """Return whether the process is one of the programs `names` or a containerd shim, and uses our folders.

    This includes processes of older builds and of other clones, since the folders are shared.
    """
    program = Path(process.argv[0]).name if process.argv else ""
    known = program == _SHIM or any(program == name or program.startswith(f"{name}-") for name in names)
    ours = (str(paths.STATE), str(paths.RUN))
    return known and any(folder in word for word in process.argv[1:] for folder in ours)


def is_in_pod(process: Process) -> bool:
    """Return whether the process runs in a container of this node."""
    return any(f":/{layout.CGROUP_ROOT}/" in line for line in process.cgroup.splitlines())


def list_processes() -> list[Process]:
    """Return all processes of the machine, without kernel threads and zombies, which have no command line."""
    found = (_read(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return [process for process in found if process is not None and process.argv]


def start(component: Component) -> None:
    """Start a component in its own session, with its output appended to its log."""
    component.log.parent.mkdir(parents=True, exist_ok=True)
    with component.log.open("ab") as log:
        child = subprocess.Popen(
            component.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
        )

    def is_visible() -> bool:
        """Return whether /proc has the new command line, or the process has ended already."""
        return child.poll() is not None or bool(running(component, list_processes()))

    wait_until(is_visible, _START_SECONDS, f"{component.name} is in /proc")


def end(processes: Iterable[Process], with_signal: signal.Signals, seconds: float) -> bool:
    """Signal the processes and wait for them; return whether all have ended."""
    with contextlib.ExitStack() as stack:
        handles = [stack.enter_context(handle) for handle in map(_handle, processes) if handle is not None]
        for handle in handles:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle.fd, with_signal)
        return not [handle for handle in handles if not handle.wait(seconds)]


def stop(processes: list[Process], seconds: float) -> None:
    """Send SIGTERM to the processes, and SIGKILL to those that remain after `seconds`."""
    if not end(processes, signal.SIGTERM, seconds) and not end(processes, signal.SIGKILL, _KILL_TIMEOUT_SECONDS):
        raise TimeoutError(f"processes survive SIGKILL: {[process.pid for process in processes]}")


def is_healthy(url: str) -> bool:
    """Return whether a unix:// socket accepts connections, or a URL returns 200 (over HTTPS, to the administrator)."""
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
    """A pidfd, which refers to the same process even if the pid is reused."""

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
        # The program's name, in parentheses, may contain blanks, so count fields after it. Start time is field 22.
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        cgroup = (folder / "cgroup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return Process(pid, int(fields[19]), tuple(word.decode(errors="replace") for word in words if word), cgroup)


def _client_context() -> ssl.SSLContext:
    # The controllers serve self-signed certificates on their health ports, which are on loopback.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(layout.CERTIFICATES / "admin.crt", layout.CERTIFICATES / "admin.key")
    return context
