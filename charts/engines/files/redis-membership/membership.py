"""Forms the Redis Cluster, and repairs it after members returned with other addresses or without data.

One process for all members: each second it reads CLUSTER NODES from every member, decides (`decide`, pure) and sends
the commands. It is never on the path of a request, and stopping it stops nothing else.

Why it exists: when all pods are deleted at once, all addresses change and gossip cannot find the peers, even with
announced hostnames, so members must be introduced at their current addresses. A member with an empty volume has a new
node id and takes the place of the one that is gone.
"""  # noqa: INP001 - a script mounted into a pod, not a package

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import redis
from pods import list_pods

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SLOTS = 16_384
MASTERS = 3
# A replica is elected within two node timeouts (3 s each); only then is one promoted without an election.
ELECTION_SECONDS = 8.0
_PORT = 6379
_PASS_SECONDS = 1.0
_KEYS_AT_ONCE = 500
_CREDENTIALS = Path("/etc/credentials")
_CA = Path("/etc/tls/ca.crt")
_WHOLE = Path("/tmp/whole")  # noqa: S108 - the pod's own volume

log = logging.getLogger("membership")


@dataclass(frozen=True)
class Peer:
    """One line of CLUSTER NODES: a node from the view of one member."""

    node_id: str
    ip: str
    flags: frozenset[str]
    master_id: str | None
    linked: bool
    slots: frozenset[int] = frozenset()
    # slots being migrated here -> source node id; only the node itself reports them
    imports: Mapping[int, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether the member that reports it considers it failed."""
        return bool(self.flags & {"fail", "fail?"})


@dataclass(frozen=True)
class Member:
    """One reachable pod: its current address, its node id, and its view of all nodes including itself."""

    ordinal: int
    ip: str
    node_id: str
    view: Mapping[str, Peer]

    @property
    def itself(self) -> Peer:
        """The member's entry for itself."""
        return self.view[self.node_id]

    @property
    def blank(self) -> bool:
        """Whether it is a master without slots."""
        return self.itself.master_id is None and not self.itself.slots


@dataclass(frozen=True)
class Command:
    """A CLUSTER command for the member with this ordinal."""

    ordinal: int
    words: tuple[str, ...]
    empties: int | None = None  # slot whose keys are removed from the member before the command is sent


@dataclass(frozen=True)
class Observed:
    """Everything one pass knows; `broken_for` is how long (s) slots have been without a living owner."""

    members: tuple[Member, ...]
    expected: int
    broken_for: float = 0.0
    present: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "present", frozenset(member.node_id for member in self.members))


def parse_nodes(text: str) -> dict[str, Peer]:
    """Parse CLUSTER NODES; migrating slots still belong to their source."""
    return {peer.node_id: peer for peer in map(parse_node, text.splitlines())}


def parse_node(line: str) -> Peer:
    """Parse `id ip:port@bus[,name] flags master ping pong epoch link slots...`."""
    words = line.split()
    spans = [word.split("-") for word in words[8:] if not word.startswith("[")]
    slots = frozenset(slot for span in spans for slot in range(int(span[0]), int(span[-1]) + 1))
    moves = [word[1:-1].split("-<-") for word in words[8:] if "-<-" in word]  # [slot-<-source]
    flags = frozenset(words[2].split(","))
    master = None if words[3] == "-" else words[3]
    imports = {int(slot): source for slot, source in moves}
    return Peer(words[0], words[1].rsplit(":", 1)[0], flags, master, words[7] == "connected", slots, imports)


def uncovered(observed: Observed) -> frozenset[int]:
    """Return the slots that no reachable member owns in its own view."""
    owned = [member.itself.slots for member in observed.members]
    return frozenset(range(SLOTS)).difference(*owned)


def decide(observed: Observed) -> list[Command]:
    """Return the commands of this pass: introductions first, then slot ownership, then replicas and removed nodes.

    While a member is missing only introductions are sent, because it may own slots that seem lost.
    """
    meetings = introductions(observed)
    if len(observed.members) < observed.expected:
        return meetings
    lost = uncovered(observed)
    if lost and not departed_owners(observed):
        # no node ever owned these slots: a new cluster does not have to wait until its members know each other
        return [*meetings, *assignments(observed.members, lost)]
    if meetings:
        return meetings
    if lost:
        return restore(observed, lost)
    return [*replications(observed), *farewells(observed), *abandoned_imports(observed)]


def departed_owners(observed: Observed) -> frozenset[str]:
    """Return the ids of nodes that own slots in the view of a member but that no pod has any more."""
    owners = (peer.node_id for member in observed.members for peer in member.view.values() if peer.slots)
    return frozenset(owners) - observed.present


def introductions(observed: Observed) -> list[Command]:
    """Introduce each pair of members of which one does not know the other at its current address."""
    pairs = [(a, b) for a in observed.members for b in observed.members if a.ordinal < b.ordinal]
    return [Command(a.ordinal, ("MEET", b.ip, str(_PORT))) for a, b in pairs if not (knows(a, b) and knows(b, a))]


def knows(member: Member, other: Member) -> bool:
    """Whether `member` is connected to `other` at its current address."""
    peer = member.view.get(other.node_id)
    return peer is not None and peer.linked and not peer.failed and peer.ip == other.ip


def restore(observed: Observed, lost: frozenset[int]) -> list[Command]:
    """Give the slots of removed masters a new owner: one of their replicas, otherwise an empty member."""
    heirs = [m for m in observed.members if m.itself.master_id and m.itself.master_id not in observed.present]
    if observed.broken_for < ELECTION_SECONDS:
        return []
    if heirs:
        first = {heir.itself.master_id: heir for heir in reversed(heirs)}
        return [Command(heir.ordinal, ("FAILOVER", "TAKEOVER")) for heir in first.values()]
    return [
        *(
            Command(member.ordinal, ("FORGET", node_id))
            for member in observed.members
            for node_id in sorted(departed_owners(observed) & member.view.keys())
        ),
        *assignments(observed.members, lost),
    ]


def assignments(members: Sequence[Member], lost: frozenset[int]) -> list[Command]:
    """Assign the lost slots in equal ranges, at most one for each master."""
    takers = [member for member in members if member.blank] or [m for m in members if m.itself.slots]
    size = -(-SLOTS // MASTERS)
    ranges = [sorted(lost & frozenset(range(start, start + size))) for start in range(0, SLOTS, size)]
    missing = [slots for slots in ranges if slots]
    return [
        Command(takers[index % len(takers)].ordinal, ("ADDSLOTSRANGE", *spans(slots)))
        for index, slots in enumerate(missing)
    ]


def spans(slots: Sequence[int]) -> list[str]:
    """Write sorted slots as `first last` pairs."""
    starts = [slot for slot, before in zip(slots, [None, *slots], strict=False) if before != slot - 1]
    ends = [slot for slot, after in zip(slots, [*slots[1:], None], strict=True) if after != slot + 1]
    return [str(bound) for pair in zip(starts, ends, strict=True) for bound in pair]


def replications(observed: Observed) -> list[Command]:
    """Make each member without slots or master a replica of the master with the fewest replicas."""
    owners = {member.node_id: 0 for member in observed.members if member.itself.slots}
    idle = []
    for member in observed.members:
        if member.itself.master_id in owners:
            owners[member.itself.master_id] += 1
        elif not member.itself.slots:
            idle.append(member)
    commands = []
    for member in idle:
        poorest = min(owners, key=lambda node_id: owners[node_id])
        owners[poorest] += 1
        commands.append(Command(member.ordinal, ("REPLICATE", poorest)))
    return commands


def farewells(observed: Observed) -> list[Command]:
    """Forget nodes that no pod has any more; a member cannot forget its own master."""
    return [
        Command(member.ordinal, ("FORGET", peer.node_id))
        for member in observed.members
        for peer in member.view.values()
        if peer.node_id not in observed.present
        and not peer.slots
        and "handshake" not in peer.flags
        and peer.node_id != member.itself.master_id
    ]


def abandoned_imports(observed: Observed) -> list[Command]:
    """End imports of slots whose owner is not the source of the import: that migration was interrupted.

    Until then the importing member accepts no owner for the slot, considers it lost, and answers no request for it.
    """
    owners = {slot: member.node_id for member in observed.members for slot in member.itself.slots}
    return [
        command
        for member in observed.members
        for slot, source in sorted(member.itself.imports.items())
        if owners[slot] != source
        for command in ending(member, slot, owners[slot])
    ]


def ending(member: Member, slot: int, owner: str) -> list[Command]:
    """End an import and remove the keys that had already arrived.

    No node serves these keys. If the slot later moved to this member, they would reappear in an outdated state. A
    member that considers a slot lost removes nothing, so it is told the owner first.
    """
    stable = ("SETSLOT", str(slot), "STABLE")
    if owner == member.node_id:
        return [Command(member.ordinal, stable)]
    return [Command(member.ordinal, ("SETSLOT", str(slot), "NODE", owner)), Command(member.ordinal, stable, slot)]


class Cluster:
    """The effects: finding members, reading their views, and sending commands."""

    def __init__(self, namespace: str, selector: str) -> None:
        self._namespace = namespace
        self._selector = selector
        self._username = (_CREDENTIALS / "username").read_text().strip()
        self._password = (_CREDENTIALS / "password").read_text().strip()
        self._clients: dict[str, redis.Redis] = {}

    def addresses(self) -> dict[int, str]:
        """Return ordinal -> address of pods that are not terminating; the API server knows them before DNS does."""
        return {
            int(pod["metadata"]["name"].rsplit("-", 1)[1]): pod["status"]["podIP"]
            for pod in list_pods(self._namespace, self._selector)
            if "deletionTimestamp" not in pod["metadata"] and pod["status"].get("podIP")
        }

    def members(self, addresses: Mapping[int, str]) -> tuple[Member, ...]:
        """Ask every member for its view; one that does not answer is left out."""
        self._clients = {ip: self._clients.get(ip) or self._client(ip) for ip in addresses.values()}
        asked = [self._member(ordinal, ip) for ordinal, ip in sorted(addresses.items())]
        return tuple(member for member in asked if member is not None)

    def send(self, addresses: Mapping[int, str], command: Command) -> None:
        """Send one command; a refusal is logged, and the next pass decides again."""
        log.info("redis-%d: CLUSTER %s", command.ordinal, " ".join(command.words))
        client = self._clients[addresses[command.ordinal]]
        try:
            if command.empties is not None:
                empty(client, command.empties)
            client.execute_command("CLUSTER", *command.words)
        except redis.RedisError as error:
            log.warning("redis-%d refused: %s", command.ordinal, error)

    def _member(self, ordinal: int, ip: str) -> Member | None:
        try:
            view = parse_nodes(self._clients[ip].execute_command("CLUSTER", "NODES"))
        except redis.RedisError:
            return None
        return Member(ordinal, ip, next(p.node_id for p in view.values() if "myself" in p.flags), view)

    def _client(self, ip: str) -> redis.Redis:
        return redis.Redis(
            host=ip,
            port=_PORT,
            username=self._username,
            password=self._password,
            decode_responses=True,
            socket_timeout=1.0,
            socket_connect_timeout=0.5,
            # members are reached by IP address, which is not in their certificates; the CA is the cluster's own
            ssl=_CA.exists(),
            ssl_ca_certs=str(_CA),
            ssl_check_hostname=False,
        )


def empty(client: redis.Redis, slot: int) -> None:
    """Remove all keys of a slot that a member imports.

    Raises:
        redis.RedisError: it does not answer or refuses; some keys may be left.
    """
    while keys := client.execute_command("CLUSTER", "GETKEYSINSLOT", slot, _KEYS_AT_ONCE, NEVER_DECODE=True):
        log.info("removing %d keys of slot %d that an interrupted move has left", len(keys), slot)
        removal = client.pipeline(transaction=False)
        for key in keys:
            removal.execute_command("ASKING").execute_command("UNLINK", key)
        removal.execute()


def run_pass(cluster: Cluster, expected: int, broken_since: float | None) -> float | None:
    """Run one pass; return since when slots have had no owner (monotonic seconds), or None if all slots have one."""
    now = time.monotonic()
    addresses = cluster.addresses()
    observed = Observed(cluster.members(addresses), expected, now - (broken_since or now))
    commands = decide(observed)
    for command in commands:
        cluster.send(addresses, command)
    lost = uncovered(observed)
    mark_whole() if not commands and not lost and len(observed.members) == expected else _WHOLE.unlink(missing_ok=True)
    return (broken_since or now) if lost else None


def mark_whole() -> None:
    """Make the readiness probe succeed: nothing is left to do."""
    _WHOLE.touch()


def main() -> None:
    """Run passes until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--selector", required=True)
    parser.add_argument("--members", type=int, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stdout)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    cluster = Cluster(arguments.namespace, arguments.selector)
    broken_since: float | None = None
    while True:
        try:
            broken_since = run_pass(cluster, arguments.members, broken_since)
        except OSError as error:
            log.warning("the Kubernetes API does not answer: %s", error)
        time.sleep(_PASS_SECONDS)


if __name__ == "__main__":
    main()
