import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from signal import Signals

import pytest

from hack.cluster import processes
from hack.cluster.components import Component
from hack.cluster.processes import Process

STATE = "--data-dir=/var/lib/photoplatform/node/etcd"
NAMES = ("etcd", "kubelet")


def process(*argv: str, cgroup: str = "4:memory:/\n") -> Process:
    return Process(pid=1, start=1, argv=argv, cgroup=cgroup)


def test_a_component_is_the_process_with_exactly_its_command_line() -> None:
    component = Component("etcd", ("/bin/etcd", "--a"), "")
    same, other = process("/bin/etcd", "--a"), process("/bin/etcd", "--b")
    assert processes.running(component, [other, same]) == [same]


@pytest.mark.parametrize(
    "argv",
    [
        ("/elsewhere/bin/etcd-3.5.0-abc", STATE),
        ("etcd", STATE),
        ("/usr/bin/containerd-shim-runc-v2", "-address", "/run/photoplatform/containerd/containerd.sock"),
    ],
)
def test_daemons_of_any_build_on_our_folders_are_ours(argv: tuple[str, ...]) -> None:
    assert processes.is_daemon_of_node(process(*argv), NAMES)


@pytest.mark.parametrize(
    "argv",
    [
        ("/usr/bin/etcd", "--data-dir=/var/lib/etcd"),
        ("tail", "-f", "/var/lib/photoplatform/node/log/etcd.log"),
        ("/usr/bin/etcdctl", STATE),
        (),
    ],
)
def test_readers_of_our_logs_and_strangers_are_not(argv: tuple[str, ...]) -> None:
    assert not processes.is_daemon_of_node(process(*argv), NAMES)


@pytest.mark.parametrize(
    ("cgroup", "expected"),
    [
        ("4:memory:/photoplatform/kubepods/burstable/pod1/abc\n1:cpu:/\n", True),
        ("0::/photoplatform/kubepods/pod1/abc\n", True),
        ("4:memory:/kubepods/pod1/abc\n", False),
        ("4:memory:/\n", False),
    ],
)
def test_a_pod_is_known_by_its_cgroup(cgroup: str, *, expected: bool) -> None:
    assert processes.is_in_pod(process("x", cgroup=cgroup)) is expected


@pytest.fixture
def sleeper() -> Iterator[Process]:
    with subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], stdin=-1, stdout=-1) as child:
        assert child.stdout
        child.stdout.readline()
        yield next(found for found in processes.list_processes() if found.pid == child.pid)
        child.kill()


def test_a_process_is_ended_and_waited_for(sleeper: Process) -> None:
    processes.stop([sleeper], seconds=5)
    assert processes.end([sleeper], Signals.SIGKILL, seconds=0)


def test_another_process_that_got_the_pid_is_left_alone(sleeper: Process) -> None:
    earlier = dataclasses.replace(sleeper, start=sleeper.start - 1)
    assert processes.end([earlier], Signals.SIGKILL, seconds=0)
    assert Path(f"/proc/{sleeper.pid}/cmdline").read_bytes()
