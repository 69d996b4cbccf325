"""Parses the node's connection-tracking table: who opened a connection to whom, and how long ago.

Read by `tests.support.traffic`, which names the pods at both ends. Pure except for `read_table`.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

TABLE = Path("/proc/net/nf_conntrack")
FIRST_EPHEMERAL_PORT = 32768
_PAIR = re.compile(r"(src|dst|sport|dport)=(\S+)")
_AGE = re.compile(r"delta-time=(\d+)")  # present while the sysctl nf_conntrack_timestamp is 1


class Connection(Struct, frozen=True):
    """Who opened a connection: the address that it asked for, and the one that answers behind a Service."""

    protocol: str
    source: str
    asked: tuple[str, int]
    answering: tuple[str, int]
    age_seconds: int | None = None  # None: opened before the node recorded times


def parse(line: str) -> Connection | None:
    """Return the connection of a line, or None if it has no ports or was first noticed by an answer."""
    protocol = line.split(maxsplit=3)[2].upper() if line.count(" ") > 3 else ""
    pairs = _PAIR.findall(line)
    if protocol not in {"TCP", "UDP"} or [name for name, _ in pairs] != ["src", "dst", "sport", "dport"] * 2:
        return None
    source, asked, source_port, port, answering, _, answering_port, _ = (value for _, value in pairs)
    if int(source_port) < FIRST_EPHEMERAL_PORT <= int(port):
        return None
    age = _AGE.search(line)
    return Connection(
        protocol, source, (asked, int(port)), (answering, int(answering_port)), int(age[1]) if age else None
    )


def parse_table(lines: Iterable[str]) -> frozenset[Connection]:
    """Return every connection of a table."""
    return frozenset(found for line in lines if (found := parse(line)) is not None)


def read_table() -> frozenset[Connection]:
    """Return the connections that this machine, as the node, knows of."""
    with TABLE.open() as table:
        return parse_table(table)
