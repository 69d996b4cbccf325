"""Commands on the wire: packed per master, answered in order, redirects followed one by one.

Called by `photo_core.stores.redis.client`, which owns connections and failures.
"""

import asyncio
import math
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, TypeVar

from msgspec import Struct
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    ClusterDownError,
    MovedError,
    NoScriptError,
    RedisError,
    ResponseError,
    TryAgainError,
)

from photo_core.stores.redis.scripts import Script

SLOTS = 16_384
REDIRECTS = (MovedError, AskError, TryAgainError)
Result = TypeVar("Result")


class Command(Struct, frozen=True):
    """A command on one key: its words as they go over the wire, or a script with its arguments."""

    key: bytes
    words: tuple[bytes, ...]
    script: Script | None = None


def call(script: Script, key: bytes, *arguments: bytes) -> Command:
    """Return the command that runs a script on a key."""
    return Command(key, (b"EVALSHA", script.sha1, b"1", key, *arguments), script)


async def exchange_all(cluster: RedisCluster, commands: Sequence[Command], seconds: float) -> list[Any]:
    """Return the replies in order; a command that its master refused has the error as its reply.

    Raises:
        RedisError, OSError, TimeoutError: a master failed; the others have finished.
    """
    places: dict[ClusterNode, list[int]] = defaultdict(list)
    for place, command in enumerate(commands):
        places[cluster.nodes_manager.get_node_from_slot(key_slot(command.key))].append(place)
    batches = await _finish_all(
        _exchange(node, [commands[place].words for place in of_node], seconds) for node, of_node in places.items()
    )
    replies: list[Any] = [None] * len(commands)
    for of_node, batch in zip(places.values(), batches, strict=True):
        for place, reply in zip(of_node, batch, strict=True):
            replies[place] = reply
    return replies


async def settle(cluster: RedisCluster, command: Command, reply: Any) -> Any:
    """Return a good reply as it is; send a redirected or unknown script's command again by the library's own way."""
    if isinstance(reply, NoScriptError) and command.script is not None:
        return await cluster.execute_command("EVAL", command.script.text, *command.words[2:])
    if isinstance(reply, REDIRECTS):
        return await cluster.execute_command(command.words[0].decode(), *command.words[1:])
    if isinstance(reply, RedisError):
        raise reply
    return reply


async def ping(masters: Iterable[ClusterNode], seconds: float) -> None:
    """Ask each node whether it is a master and sees all slots served.

    Raises:
        RedisError, OSError, TimeoutError: one does not answer, or says no.
    """
    questions = [(b"ROLE",), (b"CLUSTER", b"INFO")]
    for role, info in await _finish_all(_exchange(node, questions, seconds) for node in masters):
        for reply in (role, info):
            if isinstance(reply, RedisError):
                raise reply
        if role[0] != b"master" or not _serves(info):
            raise ClusterDownError("a master was demoted or slots are not served")


def _serves(info: bytes) -> bool:
    facts = dict(line.split(":", 1) for line in info.decode().split())
    return facts.get("cluster_state") == "ok" and int(facts.get("cluster_slots_ok", 0)) == SLOTS


async def _exchange(node: ClusterNode, batch: Sequence[tuple[bytes, ...]], seconds: float) -> list[Any]:
    connection = node.acquire_connection()
    try:
        async with asyncio.timeout(seconds):
            await node.disconnect_if_needed(connection)
            await connection.send_packed_command(connection.pack_commands(batch))
            return [await _reply(connection) for _ in batch]
    except BaseException:
        # replies that nobody has read must not answer the next batch
        await connection.disconnect(nowait=True)
        raise
    finally:
        node.release(connection)


async def _reply(connection: Any) -> Any:
    try:
        # the batch has one deadline; a timer for each reply would cost more than the reply
        return await connection.read_response(timeout=math.inf)
    except ResponseError as refusal:
        return refusal


async def _finish_all(calls: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    results: list[Result] = []
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        results.append(outcome)
    return results
