"""Single flight: concurrent reads of the same key share one question to the store.

A caller never gets the answer to a question that was asked before its own call, since that answer may be out of date:
it waits for the next question, which all callers that arrived meanwhile share. Used by everything in this package that
reads for requests; keeps no answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")
Question = Callable[[Collection[Key]], Awaitable[Mapping[Key, Answer]]]


def lane_per_key(key: Hashable) -> Hashable:
    """Give each key a lane of its own: keys do not wait for each other."""
    return key


def shared_lane(_key: Hashable) -> Hashable:
    """Put all keys into one lane: all that arrive while a question runs are asked together next."""
    return None


class SingleFlight(Generic[Key, Answer]):
    """Questions that run, and keys that wait for the next one.

    Args:
        question: reads some keys; a key without a value is absent from its answer.
        lane_of: at most one question runs for the keys of one lane.
    """

    def __init__(self, question: "Question[Key, Answer]", lane_of: Callable[[Key], Hashable] = lane_per_key) -> None:
        self._question = question
        self._lane_of = lane_of
        self._busy: set[Hashable] = set()
        self._waiting: dict[Key, asyncio.Future[Answer | None]] = {}
        self._running: set[asyncio.Task[None]] = set()

    def ask(self, key: Key) -> "Awaitable[Answer | None]":
        """Ask about one key now, and return an awaitable of its answer; None if the key has no value."""
        future = self._join(key)
        self._start_ready()
        # a caller that is cancelled must not cancel the question of the others
        return asyncio.shield(future)

    async def answer(self, key: Key) -> Answer | None:
        """Return the answer about one key to a question asked from now on; None if the key has no value."""
        return await self.ask(key)

    async def answers(self, keys: Collection[Key]) -> dict[Key, Answer]:
        """Return the answers about some keys to questions asked from now on; keys without a value are absent.

        Raises:
            Exception: the error of the first question that failed.
        """
        futures = {key: self._join(key) for key in keys}
        self._start_ready()
        if futures:
            await asyncio.wait(futures.values())
        found = ((key, future.result()) for key, future in futures.items())
        return {key: answer for key, answer in found if answer is not None}

    def _join(self, key: Key) -> "asyncio.Future[Answer | None]":
        future = self._waiting.get(key)
        if future is None:
            future = self._waiting[key] = asyncio.get_running_loop().create_future()
        return future

    def _start_ready(self) -> None:
        ready = [key for key in self._waiting if self._lane_of(key) not in self._busy]
        if not ready:
            return
        waiting = {key: self._waiting.pop(key) for key in ready}
        lanes = {self._lane_of(key) for key in ready}
        self._busy |= lanes
        task = asyncio.get_running_loop().create_task(self._run(waiting, lanes))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, waiting: "Mapping[Key, asyncio.Future[Answer | None]]", lanes: set[Hashable]) -> None:
        try:
            answers = await self._question(waiting.keys())
        except BaseException as error:  # noqa: BLE001 - passed on to every caller
            for future in waiting.values():
                future.set_exception(error)
                future.exception()  # retrieved, even if every caller was cancelled
        else:
            for key, future in waiting.items():
                future.set_result(answers.get(key))
        finally:
            self._busy -= lanes
            self._start_ready()
