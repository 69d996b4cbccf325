"""What the node's connection tracking says of who talks to whom. Pure but for `read_table`."""

import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

TABLE = Path("/proc/net/nf_conntrack")
FIRST_EPHEMERAL_PORT = 32768
_PAIR = re.compile(r"(src|dst|sport|dport)=(\S+)")


class Connection(Struct, frozen=True):
    """Who began to talk to whom: the address that was asked for, and the one that answers behind a Service."""

    protocol: str
    source: str
    asked: tuple[str, int]
    answering: tuple[str, int]


def parse(line: str) -> Connection | None:
    """Return the connection of a line; None of what has no ports, and of what is an answer picked up halfway."""
    protocol = line.split(maxsplit=3)[2].upper() if line.count(" ") > 3 else ""
    pairs = _PAIR.findall(line)
    if protocol not in {"TCP", "UDP"} or [name for name, _ in pairs] != ["src", "dst", "sport", "dport"] * 2:
        return None
    source, asked, source_port, port, answering, _, answering_port, _ = (value for _, value in pairs)
    if int(source_port) < FIRST_EPHEMERAL_PORT <= int(port):
        return None
    return Connection(protocol, source, (asked, int(port)), (answering, int(answering_port)))


def parse_table(lines: Iterable[str]) -> frozenset[Connection]:
    """Return every connection of a table."""
    return frozenset(found for line in lines if (found := parse(line)) is not None)


def read_table() -> frozenset[Connection]:
    """Return the connections that this machine, as the node, knows of."""
    with TABLE.open() as table:
        return parse_table(table)
