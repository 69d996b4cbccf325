"""Deterministic interleaving: every call of a port waits at a gate until the test lets it through.

Used by the model of the feed. Operations run as tasks of an event loop whose time stands still; the test draws which
of them takes its next step, which is cancelled, and when time passes. It knows nothing of feeds.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

TICK = 0.05  # seconds
Result = TypeVar("Result")
_owner: ContextVar[int] = ContextVar("owner", default=0)


class SteppedLoop(asyncio.SelectorEventLoop):
    """An event loop that never waits: its time passes only when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.owners: WeakKeyDictionary[asyncio.Task[Any], int] = WeakKeyDictionary()
        self.set_task_factory(self._new_task)

    def time(self) -> float:
        return self.now

    def is_idle(self) -> bool:
        """Return whether every task waits for something."""
        return not self._ready  # type: ignore[attr-defined]

    def run_once(self) -> None:
        """Run what can run now, once."""
        self.stop()
        self.run_forever()

    def tasks_of(self, owner: int) -> list[asyncio.Task[Any]]:
        """Return what runs for an operation."""
        return [task for task, of in self.owners.items() if of == owner and not task.done()]

    def _new_task(self, _loop: Any, work: Any, **options: Any) -> asyncio.Task[Any]:
        task = asyncio.Task(work, loop=self, **options)
        self.owners[task] = _owner.get()
        return task


@dataclass(frozen=True)
class Gate:
    """Where a task waits, and the operation that it belongs to."""

    owner: int
    opened: asyncio.Future[None]


class Operation(Generic[Result]):
    """Something under way, with every task that it started."""

    def __init__(self, owner: int, task: "asyncio.Task[Result]") -> None:
        self.owner = owner
        self.task = task

    @property
    def ended(self) -> bool:
        return self.task.done()


class Stepper:
    """Runs operations step by step on a loop of its own."""

    def __init__(self) -> None:
        self.loop = SteppedLoop()
        self.waiting: list[Gate] = []
        self.lifted = 0  # while positive, gates let everything through
        self._started: list[Operation[Any]] = []
        self._owners = count(1)

    def start(self, work: Coroutine[Any, Any, Result]) -> Operation[Result]:
        """Let an operation begin; it stops at its first gate."""
        owner = next(self._owners)
        token = _owner.set(owner)
        try:
            task = self.loop.create_task(work)
        finally:
            _owner.reset(token)
        operation = Operation(owner, task)
        self._started.append(operation)
        self.turn()
        return operation

    def finish(self, operation: Operation[Result]) -> Result:
        """Let an operation through to its end, and others only where it waits for them."""
        while not operation.ended:
            self._go_on(operation)
        return operation.task.result()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Start an operation and let it through."""
        return self.finish(self.start(work))

    def run_freely(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run an operation without any gate, whatever waits at one."""
        self.lifted += 1
        try:
            operation = self.start(work)
            while not operation.ended:
                self._go_on(operation)
            return operation.task.result()
        finally:
            self.lifted -= 1

    def reap(self) -> None:
        """Forget the operations that have ended, and raise what one of them has raised."""
        ended = [operation for operation in self._started if operation.ended]
        self._started = [operation for operation in self._started if not operation.ended]
        for operation in ended:
            if not operation.task.cancelled():
                operation.task.result()

    def step(self, index: int) -> None:
        """Let one of the waiting steps through."""
        if self.waiting:
            self._open(self.waiting[index % len(self.waiting)])

    def advance(self, operation: Operation[Result], steps: int) -> None:
        """Let an operation take some steps, if it has as many."""
        for _ in range(steps):
            own = self._gate_of(operation)
            if own is None:
                return
            self._open(own)

    def kill(self, operation: Operation[Result]) -> None:
        """End an operation where it stands, as the death of its process does; what it started ends with it."""
        for task in self.loop.tasks_of(operation.owner):
            task.cancel()
        self.turn()

    def drain(self) -> None:
        """Let everything through until nothing is under way."""
        self.turn()
        while self.waiting:
            self._open(self.waiting[0])

    def pass_time(self, seconds: float) -> None:
        """Let time pass for whatever has a deadline."""
        self.loop.now += seconds
        self.turn()

    def turn(self) -> None:
        """Let every task run as far as it can."""
        self.loop.run_once()
        while not self.loop.is_idle():
            self.loop.run_once()

    def close(self) -> None:
        """End what is still under way, and the loop."""
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.turn()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    async def gate(self) -> None:
        """Wait to be let through."""
        if self.lifted:
            return
        gate = Gate(_owner.get(), self.loop.create_future())
        self.waiting.append(gate)
        try:
            await gate.opened
        finally:
            if gate in self.waiting:
                self.waiting.remove(gate)

    def _gate_of(self, operation: Operation[Any]) -> Gate | None:
        return next((gate for gate in self.waiting if gate.owner == operation.owner), None)

    def _go_on(self, operation: Operation[Any]) -> None:
        """Open a gate of an operation, else of something that it may wait for; else it waits for time to pass."""
        gate = self._gate_of(operation) or next(iter(self.waiting), None)
        if gate is None:
            self.pass_time(TICK)
        else:
            self._open(gate)

    def _open(self, gate: Gate) -> None:
        self.waiting.remove(gate)
        if not gate.opened.done():
            gate.opened.set_result(None)
        self.turn()


class Gated:
    """Any port, with each call of its asynchronous methods waiting at a gate before and after its effect."""

    def __init__(self, port: Any, stepper: Stepper) -> None:
        self._port = port
        self._stepper = stepper

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if inspect.iscoroutinefunction(found):
            found = partial(self._call, found)
        elif inspect.isasyncgenfunction(found):
            found = partial(self._iterate, found)
        elif inspect.ismethod(found):
            pass
        else:
            return found
        # the same port gives the same method again
        self.__dict__[name] = found
        return found

    async def _call(self, method: Callable[..., Coroutine[Any, Any, Result]], *arguments: Any, **named: Any) -> Result:
        await self._stepper.gate()
        try:
            result = await method(*arguments, **named)
        except Exception:
            await self._stepper.gate()
            raise
        await self._stepper.gate()
        return result

    async def _iterate(self, method: Callable[..., AsyncIterator[Result]], *arguments: Any) -> AsyncIterator[Result]:
        await self._stepper.gate()
        async for each in method(*arguments):
            yield each
            await self._stepper.gate()
