"""Sends commands to the masters of their slots: packed per master, answered in order, redirected when slots move.

Redirects are followed here and not by redis-py, which sends ASKING as a request of its own, perhaps on another
connection than the command that it is for, and reads from demoted masters. Called by `photo_core.stores.redis.client`,
which owns connections, topology and failures.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from msgspec import Struct

from photo_core.stores.redis.link import ASK_LIFE, Address, ErrorReply, Link, pack
from photo_core.stores.redis.scripts import Script

if TYPE_CHECKING:
    import asyncio

SLOTS = 16_384
ATTEMPTS = 8  # a slot that moves on answers after one or two
ASKING = pack([(b"ASKING",)])


class Command(Struct, frozen=True):
    """A command on the keys of one slot: its words as they go over the wire, or a script with its arguments."""

    key: bytes
    words: tuple[bytes, ...]
    script: Script | None = None


class Answer(Struct, frozen=True):
    """A reply, and the life of the master that gave it."""

    reply: Any
    epoch: str


class RoutedCommand(Struct, frozen=True):
    """A command with the node that it is sent to, and the commands sent before it."""

    command: Command
    address: Address
    prefix: tuple[bytes, ...] = ()


class NodeReplies(Struct, frozen=True):
    """The replies of a node, and the connection that they came over."""

    link: Link
    replies: list[Any]


class Network(Protocol):
    """Finds the nodes of slots and connects to them."""

    def owner(self, key: bytes) -> Address:
        """Return the master of a key's slot as far as known."""
        ...

    async def link(self, address: Address) -> Link:
        """Return an open connection to a node."""
        ...

    def moved(self) -> None:
        """Note that the known topology is out of date."""
        ...


def call(script: Script, key: bytes, *arguments: bytes) -> Command:
    """Return the command that runs a script on a key."""
    return Command(key, (b"EVALSHA", script.sha1, b"1", key, *arguments), script)


async def exchange_all(network: Network, commands: Sequence[Command]) -> list[Answer]:
    """Return the answers in order.

    Raises:
        ErrorReply, OSError, TimeoutError: a master failed or refused; the others have finished.
    """
    answers: dict[int, Answer] = {}
    routed_commands = {
        place: RoutedCommand(command, network.owner(command.key)) for place, command in enumerate(commands)
    }
    for _ in range(ATTEMPTS):
        answers.update(await _run(network, routed_commands))
        refused = {place: answer.reply for place, answer in answers.items() if answer.reply.__class__ is ErrorReply}
        if not refused:
            return [answers[place] for place in range(len(commands))]
        network.moved()
        split = [place for place, refusal in refused.items() if _is_split(commands[place], refusal)]
        for place in split:
            answers[place] = await _read_each(network, commands[place])
        routed_commands = {
            place: redirected(routed_commands[place], refusal)
            for place, refusal in refused.items()
            if place not in split
        }
    raise ErrorReply("CLUSTERDOWN the slot moved at every attempt")


def redirected(routed: RoutedCommand, refusal: ErrorReply) -> RoutedCommand:
    """Return the command with the node to ask after an error reply.

    Raises:
        ErrorReply: no other node can help, the command itself was refused.
    """
    kind, *rest = str(refusal).split(" ")
    match kind, routed.command.script:
        case "MOVED", _:
            return RoutedCommand(routed.command, _address(rest[1], routed))
        case "ASK", _:
            return RoutedCommand(routed.command, _address(rest[1], routed), (ASKING,))
        case "NOSCRIPT", Script(text=text):
            whole = msgspec.structs.replace(routed.command, words=(b"EVAL", text, *routed.command.words[2:]))
            return msgspec.structs.replace(routed, command=whole)
    raise refusal


async def ping(network: Network, masters: Iterable[Address]) -> None:
    """Ask each node whether it is a master and sees all slots served.

    Raises:
        ErrorReply, OSError, TimeoutError: one does not answer, or says no.
    """
    questions = pack([(b"ROLE",), (b"CLUSTER", b"INFO")])
    for replied in (await request_all(network, dict.fromkeys(masters, (questions, 2)))).values():
        role, info = replied.replies
        for reply in (role, info):
            if isinstance(reply, ErrorReply):
                raise reply
        if role[0] != b"master" or not _serves(info):
            raise ErrorReply("CLUSTERDOWN a master was demoted or slots are not served")


async def request_all(network: Network, payloads: Mapping[Address, tuple[bytes, int]]) -> dict[Address, NodeReplies]:
    """Send each node its packed commands, all at once, and return what each replied.

    Raises:
        OSError, TimeoutError: a node failed; the others have finished.
    """
    failure: OSError | TimeoutError | ErrorReply | None = None
    under_way: dict[Address, tuple[Link, asyncio.Future[list[Any]]]] = {}
    for address, (payload, count) in payloads.items():
        try:
            link = await network.link(address)
            under_way[address] = link, link.request(payload, count)
        except (OSError, TimeoutError, ErrorReply) as error:
            failure = error
    replied: dict[Address, NodeReplies] = {}
    for address, (link, answered) in under_way.items():
        try:
            replied[address] = NodeReplies(link, await answered)
        except OSError as error:
            failure = error
    if failure is not None:
        raise failure
    return replied


async def _run(network: Network, routed_commands: Mapping[int, RoutedCommand]) -> dict[int, Answer]:
    places: dict[Address, list[int]] = {}
    for place, routed in routed_commands.items():
        places.setdefault(routed.address, []).append(place)
    payloads = {address: _payload([routed_commands[place] for place in of_node]) for address, of_node in places.items()}
    answers: dict[int, Answer] = {}
    for address, replied in (await request_all(network, payloads)).items():
        *replies, life = replied.replies
        if isinstance(life, ErrorReply):
            raise life
        epoch, given = replied.link.epoch(life), iter(replies)
        for place in places[address]:
            for _ in routed_commands[place].prefix:
                next(given)
            answers[place] = Answer(next(given), epoch)
    return answers


def _payload(routed_commands: Sequence[RoutedCommand]) -> tuple[bytes, int]:
    """Pack the commands for one node, followed by ASK_LIFE; return the bytes and the number of replies."""
    parts = [part for routed in routed_commands for part in (*routed.prefix, pack([routed.command.words]))]
    return b"".join((*parts, ASK_LIFE)), len(parts) + 1


def _is_split(command: Command, refusal: ErrorReply) -> bool:
    """Tell whether some of the keys of a reading command have moved and some have not."""
    return command.words[0] == b"MGET" and str(refusal).startswith("TRYAGAIN")


async def _read_each(network: Network, command: Command) -> Answer:
    """Read each key from the node that has it; values from two masters get no epoch, so that none counts as whole."""
    answers = await exchange_all(network, [Command(key, (b"GET", key)) for key in command.words[1:]])
    epochs = {answer.epoch for answer in answers}
    return Answer([answer.reply for answer in answers], epochs.pop() if len(epochs) == 1 else "")


def _address(told: str, routed: RoutedCommand) -> Address:
    """Read host:port; a node that does not know the host means its own."""
    host, _, port = told.rpartition(":")
    return host or routed.address[0], int(port)


def _serves(info: bytes) -> bool:
    facts = dict(line.split(":", 1) for line in info.decode().split())
    return facts.get("cluster_state") == "ok" and int(facts.get("cluster_slots_ok", 0)) == SLOTS
