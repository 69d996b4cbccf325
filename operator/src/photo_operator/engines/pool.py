"""Shared probes: one client and one task for each address and Secret, however many platforms use it.

`reconcile` asks for the probes of a platform and reads what they found last; it never waits for an engine.
"""

import asyncio
import hashlib
import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module

import msgspec
from confluent_kafka import KafkaException
from msgspec import Struct

from photo_core.clock import Clock
from photo_core.errors import Engine
from photo_operator.conditions import Reason
from photo_operator.crds.engines import EngineRecord
from photo_operator.engines.model import Credentials, Health, Probe, malformed, unreachable
from photo_operator.loops import repeat

DEFAULT_INTERVAL_SECONDS = 5.0
LATENCY_WINDOW_SECONDS = 60.0
SLOW_QUANTILE = 0.9  # of the durations of probes
CLOSE_SECONDS = 0.5  # a pass waits no longer for clients to close; those of an engine that hangs close later

CLIENT_ERRORS = (KafkaException, OSError, TypeError, ValueError)  # of a client that refuses values of a Secret

PoolKey = tuple[Engine, str]


class ProbeTarget(Struct, frozen=True):
    """An engine of a platform and what to log in with."""

    record: EngineRecord
    credentials: Credentials

    @property
    def engine(self) -> Engine:
        """Which engine it is."""
        return self.record.contract.engine

    @property
    def key(self) -> PoolKey:
        """Equal for targets with the same address and credentials: they share a probe."""
        content = msgspec.json.encode((self.record.address, sorted(self.credentials.values.items())))
        return self.engine, hashlib.sha256(content).hexdigest()


def build_probe(target: ProbeTarget) -> Probe:
    """Return the probe that the module named after the engine defines as `PROBE`.

    Raises:
        one of CLIENT_ERRORS: the client refuses the values of the Secret.
    """
    module = import_module(f"photo_operator.engines.{target.engine.module_name}")
    probe: Probe = module.PROBE(target.record, target.credentials)
    return probe


class UnusableProbe:
    """Takes the place of a probe whose client refuses the values of the Secret."""

    def __init__(self, health: Health) -> None:
        self._health = health

    async def probe(self) -> Health:
        """Return what is wrong with the Secret."""
        return self._health

    async def close(self) -> None:
        """Do nothing: there is no client."""


def probe_of(target: ProbeTarget) -> Probe:
    """Return the probe of a target, or one that reports a Secret whose values the client refuses."""
    try:
        return build_probe(target)
    except CLIENT_ERRORS as error:
        # the type alone: the message may quote a value
        what = f"the client of {target.engine} refuses its values ({type(error).__name__})"
        return UnusableProbe(malformed(target.engine, target.record.secret_ref.name, what))


class SharedProbe:
    """A probe, what it found last, and since when."""

    def __init__(
        self, engine: Engine, probe: Probe, clock: Clock, interval_seconds: float = DEFAULT_INTERVAL_SECONDS
    ) -> None:
        self.engine = engine
        self.probe = probe
        self._interval_seconds = interval_seconds
        self.health: Health | None = None
        self.since = clock.monotonic()  # when it became good or bad
        self._clock = clock
        self._durations: deque[tuple[float, float]] = deque()  # when each probe ended, and how many seconds it took

    async def run(self) -> None:
        """Probe until cancelled."""
        await repeat(self.once, self._interval_seconds, self._failed)

    async def once(self) -> None:
        """Probe once and remember what it found and how long it took."""
        began = self._clock.monotonic()
        try:
            self.remember(await self.probe.probe())
        finally:
            now = self._clock.monotonic()
            self._durations.append((now, now - began))
            self._forget(now)

    def _forget(self, now: float) -> None:
        while self._durations and now - self._durations[0][0] > LATENCY_WINDOW_SECONDS:
            self._durations.popleft()

    def slow_seconds(self) -> float | None:
        """Return the SLOW_QUANTILE of the durations in the window; None if no probe ended in it."""
        self._forget(self._clock.monotonic())
        durations = sorted(seconds for _, seconds in self._durations)
        return durations[math.ceil(SLOW_QUANTILE * len(durations)) - 1] if durations else None

    def bad_seconds(self) -> float:
        """Return for how long it has been bad; 0 while it is good or unknown."""
        if self.health is None or self.health.good:
            return 0.0
        return self._clock.monotonic() - self.since

    def _failed(self, error: Exception) -> None:
        """Report an unexpected error as unreachable, by its type alone: anybody may read a status."""
        self.remember(unreachable(self.engine, "the operator's probe", type(error).__name__))

    def remember(self, health: Health) -> None:
        """Record what a probe has just found."""
        now = self._clock.monotonic()
        if self.health is None or self.health.good != health.good:
            self.since = now
        self.health = health


class ProbePool:
    """All shared probes of this process."""

    def __init__(self, clock: Clock, build: Callable[[ProbeTarget], Probe] = probe_of) -> None:
        self._clock = clock
        self._build = build
        self._shared: dict[PoolKey, SharedProbe] = {}
        self._tasks: dict[PoolKey, asyncio.Task[None]] = {}
        self._wanted: dict[str, frozenset[PoolKey]] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def use(self, owner: str, targets: Mapping[Engine, ProbeTarget]) -> dict[Engine, SharedProbe]:
        """Return the probes of a platform's targets, and close those that no platform uses any more."""
        self._wanted[owner] = frozenset(target.key for target in targets.values())
        await self._close_unused()
        return {engine: self._get(target) for engine, target in targets.items()}

    async def release(self, owner: str) -> None:
        """Forget a platform that no longer exists."""
        self._wanted.pop(owner, None)
        await self._close_unused()

    def _get(self, target: ProbeTarget) -> SharedProbe:
        key = target.key
        if key not in self._shared:
            interval = target.record.probe_interval_seconds
            self._shared[key] = SharedProbe(target.engine, self._build(target), self._clock, interval)
            self._tasks[key] = asyncio.create_task(self._shared[key].run(), name=f"probe-{target.engine}")
        return self._shared[key]

    async def _close_unused(self) -> None:
        used = frozenset().union(*self._wanted.values())
        closing = [self._close(key) for key in self._shared.keys() - used]
        if closing:
            await asyncio.wait(closing, timeout=CLOSE_SECONDS)

    def _close(self, key: PoolKey) -> asyncio.Task[None]:
        self._tasks.pop(key).cancel()
        closing = asyncio.create_task(self._shared.pop(key).probe.close(), name=f"close-{key[0]}")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        return closing


def healths_of(
    engines: Iterable[Engine], secret_problems: Mapping[Engine, Health], probes: Mapping[Engine, SharedProbe]
) -> dict[Engine, Health]:
    """Return the health of each engine: what is wrong with its Secret, else what its probe found last."""
    return {engine: secret_problems.get(engine) or _last_found(engine, probes.get(engine)) for engine in engines}


def _last_found(engine: Engine, shared: SharedProbe | None) -> Health:
    known = shared.health if shared is not None else None
    return known or Health(engine, Reason.NOT_PROBED)
