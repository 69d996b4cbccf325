"""Runs a Redis Cluster of three masters on this host during a benchmark.

Called by `bench.feed`. Platform and peers use the same cluster. It has no replicas and no persistence, so that only the
work of commands is measured. It runs Debian's redis-server, and its processes are ended by pid.
"""

import contextlib
import secrets
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from redis import Redis
from redis.cluster import ClusterNode, RedisCluster
from redis.crc import key_slot
from redis.exceptions import RedisError

from bench import processes
from bench.workloads.deliveries import chunks
from hack.steps import wait_until

if TYPE_CHECKING:
    import subprocess

PORTS = (17101, 17102, 17103)
HOST = "127.0.0.1"
USER = "default"
SLOTS = 16_384
SHARE = SLOTS // len(PORTS) + 1  # slots per master
PIPELINE = 200
Command = tuple[Any, ...]
START_SECONDS = 20.0


class HostCluster(Struct, frozen=True):
    """A running cluster: its processes and credentials."""

    pids: tuple[int, ...]
    password: str

    @property
    def nodes(self) -> str:
        """Addresses of the masters, in the format of the pods' environment."""
        return ",".join(f"{HOST}:{port}" for port in PORTS)

    def cpu_seconds(self) -> float:
        """Return the CPU time of its three processes so far."""
        return processes.cpu_seconds(self.pids)

    def client(self) -> RedisCluster:
        """Return a client for preparation and checks; its work is never measured."""
        nodes = [ClusterNode(HOST, port) for port in PORTS]  # type: ignore[no-untyped-call]
        return RedisCluster(startup_nodes=nodes, username=USER, password=self.password)

    def send(self, commands: Sequence[Command]) -> list[Any]:
        """Run commands (name, key, arguments...) in pipelines to their masters; replies are in order."""
        places: dict[int, list[int]] = defaultdict(list)
        for place, command in enumerate(commands):
            places[slot_of(command[1]) // SHARE].append(place)
        replies: list[Any] = [None] * len(commands)
        masters = self.masters()
        for master, of_master in places.items():
            for some in chunks(of_master, PIPELINE):
                pipeline = masters[master].pipeline(transaction=False)
                for place in some:
                    pipeline.execute_command(*commands[place])
                for place, reply in zip(some, pipeline.execute(), strict=True):
                    replies[place] = reply
        return replies

    def flush(self) -> None:
        """Remove every key of every master."""
        for node in self.masters():
            node.flushall()

    def masters(self) -> list[Any]:
        """Return a client of each master."""
        return [_node(port, self.password) for port in PORTS]


def _node(port: int, password: str) -> Any:
    return Redis(host=HOST, port=port, username=USER, password=password)


def slot_of(key: str | bytes) -> int:
    """Return the slot of a key."""
    return int(key_slot(key.encode() if isinstance(key, str) else key))


@contextlib.contextmanager
def running(folder: Path) -> Iterator[HostCluster]:
    """Run the cluster until the block ends."""
    password = secrets.token_hex(16)
    with contextlib.ExitStack() as stack:
        children = [stack.enter_context(_server(port, folder, password)) for port in PORTS]
        cluster = HostCluster(tuple(child.pid for child in children), password)
        for child, node in zip(children, cluster.masters(), strict=True):
            wait_until(partial(_answers, child, node), START_SECONDS, "redis-server answers")
        _join(cluster)
        yield cluster


def _server(port: int, folder: Path, password: str) -> contextlib.AbstractContextManager["subprocess.Popen[bytes]"]:
    home = folder / f"redis-{port}"
    shutil.rmtree(home, ignore_errors=True)  # a cluster that was killed leaves its nodes.conf
    home.mkdir(parents=True)
    configuration = home / "redis.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(
        f"port {port}\nbind {HOST}\ndir {home}\nrequirepass {password}\nmasterauth {password}\n"
        "cluster-enabled yes\ncluster-node-timeout 5000\nsave ''\nappendonly no\n"
    )
    return processes.running(["redis-server", str(configuration)], _plain_environment(), home / "log")


def _plain_environment() -> Mapping[str, str]:
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C"}


def _answers(child: "subprocess.Popen[bytes]", node: Any) -> bool:
    if child.poll() is not None:
        raise OSError("redis-server ended at once; is a port of 17101 to 17103 or 27101 to 27103 taken?")
    with contextlib.suppress(RedisError):
        return bool(node.ping())
    return False


def _join(cluster: HostCluster) -> None:
    """Assign a third of the slots to each master and join them."""
    masters = cluster.masters()
    for place, node in enumerate(masters):
        node.execute_command("CLUSTER ADDSLOTSRANGE", place * SHARE, min(SLOTS, (place + 1) * SHARE) - 1)
        node.execute_command("CLUSTER MEET", HOST, PORTS[0])
    wait_until(lambda: all(_is_whole(node) for node in masters), START_SECONDS, "the cluster serves all slots")


def _is_whole(node: Any) -> bool:
    facts = node.execute_command("CLUSTER INFO")
    return bool(facts.get("cluster_state") == "ok" and facts.get("cluster_known_nodes") == str(len(PORTS)))
