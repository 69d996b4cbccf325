"""Redis Cluster's probe: whether every slot has a master and every master answers. Called by `pool`.

It keeps one connection per node and remembers the run ids of the masters: if all of them changed, all masters were
lost, even if no probe failed meanwhile.
"""

import asyncio
from typing import Any

from photo_core.engines.redis import DEFAULT_PORT
from photo_core.errors import Engine
from photo_core.settings import parse_addresses
from photo_core.stores.redis.link import Address, ErrorReply, Link, LinkLogin, connect, fact, pack
from photo_core.stores.redis.topology import CLUSTER_SLOTS, slots_of
from photo_operator.crds.engines import Redis
from photo_operator.engines import tls
from photo_operator.engines.model import Credentials, Health, healthy, not_whole, refused, unreachable

TIMEOUT_SECONDS = 0.8
INFO_SERVER = pack([(b"INFO", b"server")])
LOGIN_REFUSALS = ("WRONGPASS", "NOAUTH", "NOPERM")


def all_restarted(before: frozenset[str], now: frozenset[str]) -> bool:
    """Tell whether every known master has been replaced by another process."""
    return bool(before) and bool(now) and not before & now


class RedisProbe:
    """Connections to one Redis Cluster with one Secret."""

    def __init__(self, spec: Redis, credentials: Credentials) -> None:
        self._spec = spec
        self._entry = build_entry(spec, credentials)
        self._links: dict[Address, Link] = {}
        self._run_ids: frozenset[str] = frozenset()
        self.masters_lost = 0  # how often all masters had been replaced at once

    async def probe(self) -> Health:
        """Ask a node for the masters, and every master for its run id."""
        try:
            return await self._ask(await self._masters())
        except ErrorReply as error:
            if str(error).startswith(LOGIN_REFUSALS):
                return refused(Engine.REDIS, self._spec.secret_ref.name, error)
            return not_whole(Engine.REDIS, str(error))
        except (OSError, TimeoutError) as error:
            await self.close()
            return unreachable(Engine.REDIS, ",".join(self._spec.nodes), error)

    async def _masters(self) -> tuple[Address, ...]:
        last: Exception = TimeoutError("no node answers")
        for address in (*self._links, *seeds_of(self._spec)):
            try:
                reply = await self._call(address, CLUSTER_SLOTS)
            except (ErrorReply, OSError, TimeoutError) as error:
                if str(error).startswith(LOGIN_REFUSALS):
                    raise
                last = error
            else:
                return slots_of(reply, address).masters
        raise last

    async def _ask(self, masters: tuple[Address, ...]) -> Health:
        answers = await asyncio.gather(*(self._run_id(master) for master in masters), return_exceptions=True)
        bad = [f"{m[0]}: {a}" for m, a in zip(masters, answers, strict=True) if isinstance(a, BaseException)]
        if bad:
            return not_whole(Engine.REDIS, f"{len(bad)} of {len(masters)} masters do not answer: {bad[0]}")
        self._remember(frozenset(str(answer) for answer in answers))
        return healthy(Engine.REDIS, f"{len(masters)} masters")

    def _remember(self, run_ids: frozenset[str]) -> None:
        self.masters_lost += all_restarted(self._run_ids, run_ids)
        self._run_ids = run_ids

    async def _run_id(self, address: Address) -> str:
        return fact(await self._call(address, INFO_SERVER), b"run_id:").decode()

    async def _call(self, address: Address, question: bytes) -> Any:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                (reply,) = await (await self._link(address)).request(question, 1)
        except (OSError, TimeoutError):
            self._forget(address)
            raise
        if isinstance(reply, ErrorReply):
            raise reply
        return reply

    async def _link(self, address: Address) -> Link:
        link = self._links.get(address)
        if link is None or not link.is_open:
            link = self._links[address] = await connect(address, self._entry, TIMEOUT_SECONDS)
        return link

    def _forget(self, address: Address) -> None:
        link = self._links.pop(address, None)
        if link is not None:
            link.close()

    async def close(self) -> None:
        """Close every connection."""
        for address in list(self._links):
            self._forget(address)


def seeds_of(spec: Redis) -> tuple[Address, ...]:
    """Return the nodes that the resource names."""
    return parse_addresses(spec.nodes, DEFAULT_PORT)


def build_entry(spec: Redis, credentials: Credentials) -> LinkLogin:
    """Return the credentials for every node, and what its certificate has to prove."""
    values = credentials.values
    context = tls.context(credentials.ca_certificate)
    return LinkLogin(values["username"], values["password"], context, tuple(host for host, _ in seeds_of(spec)))


PROBE = RedisProbe
