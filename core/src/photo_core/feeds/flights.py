"""Questions to a store that many ask at the same moment, asked once for all of them.

Nobody is given the answer to a question that was put before theirs: what was true when they asked may not be in it, so
they wait for the next one, which everybody shares who came meanwhile. Called by everything in this package that reads
on behalf of requests; keeps no answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")
Question = Callable[[Collection[Key]], Awaitable[Mapping[Key, Answer]]]


def own_lane(key: Hashable) -> Hashable:
    """Let each key wait for itself alone."""
    return key


def one_lane(_key: Hashable) -> Hashable:
    """Let every key wait for the question under way, and be asked with all others that waited."""
    return None


class Flights(Generic[Key, Answer]):
    """Questions under way and questions waiting.

    Args:
        question: puts one question about some keys; a key that it knows nothing of is absent from its answer.
        lane_of: keys of one lane have at most one question under way.
    """

    def __init__(self, question: "Question[Key, Answer]", lane_of: Callable[[Key], Hashable] = own_lane) -> None:
        self._question = question
        self._lane_of = lane_of
        self._busy: set[Hashable] = set()
        self._waiting: dict[Key, asyncio.Future[Answer | None]] = {}
        self._flying: set[asyncio.Task[None]] = set()

    def ask(self, key: Key) -> "Awaitable[Answer | None]":
        """Put a question about one key now, and return what to await for its answer; None when nothing is known."""
        future = self._join(key)
        self._take_off()
        # one asker that gives up must not take the answer from the others
        return asyncio.shield(future)

    async def answer(self, key: Key) -> Answer | None:
        """Return what a question about one key, put from now on, is answered; None when nothing is known of it."""
        return await self.ask(key)

    async def answers(self, keys: Collection[Key]) -> dict[Key, Answer]:
        """Return what questions about some keys, put from now on, are answered; unknown keys are absent.

        Raises:
            Exception: whatever the first question that failed raised.
        """
        futures = {key: self._join(key) for key in keys}
        self._take_off()
        if futures:
            await asyncio.wait(futures.values())
        found = ((key, future.result()) for key, future in futures.items())
        return {key: answer for key, answer in found if answer is not None}

    def _join(self, key: Key) -> "asyncio.Future[Answer | None]":
        future = self._waiting.get(key)
        if future is None:
            future = self._waiting[key] = asyncio.get_running_loop().create_future()
        return future

    def _take_off(self) -> None:
        ready = [key for key in self._waiting if self._lane_of(key) not in self._busy]
        if not ready:
            return
        boarded = {key: self._waiting.pop(key) for key in ready}
        lanes = {self._lane_of(key) for key in ready}
        self._busy |= lanes
        flight = asyncio.get_running_loop().create_task(self._fly(boarded, lanes))
        self._flying.add(flight)
        flight.add_done_callback(self._flying.discard)

    async def _fly(self, boarded: "Mapping[Key, asyncio.Future[Answer | None]]", lanes: set[Hashable]) -> None:
        try:
            answers = await self._question(boarded.keys())
        except BaseException as error:  # noqa: BLE001 - told to everybody who asked, who decide what it means
            for future in boarded.values():
                future.set_exception(error)
                future.exception()  # seen, also when everybody has given up
        else:
            for key, future in boarded.items():
                future.set_result(answers.get(key))
        finally:
            self._busy -= lanes
            self._take_off()
