"""Questions that many ask at the same moment."""

import asyncio
from collections.abc import Collection, Mapping

import pytest

from photo_core.errors import Engine, EngineUnavailable
from photo_core.feeds.single_flight import SingleFlight, shared_lane


class Store:
    """Answers each question with its number, one at a time, when told to."""

    def __init__(self) -> None:
        self.questions: list[set[str]] = []
        self.open = asyncio.Semaphore(0)
        self.failing = False

    async def ask(self, keys: Collection[str]) -> Mapping[str, int]:
        self.questions.append(set(keys))
        number = len(self.questions)
        await self.open.acquire()
        if self.failing:
            raise EngineUnavailable(Engine.POSTGRES, "told to fail")
        return dict.fromkeys(set(keys) - {"unknown"}, number)


@pytest.fixture
def store() -> Store:
    return Store()


async def begun(*askers: "asyncio.Task[int | None]") -> None:
    for _ in range(2 * len(askers) + 2):
        await asyncio.sleep(0)


async def test_nobody_is_given_the_answer_to_a_question_put_before_theirs(store: Store) -> None:
    flights = SingleFlight(store.ask)
    first = asyncio.create_task(flights.answer("a"))
    await begun(first)
    late = [asyncio.create_task(flights.answer("a")) for _ in range(3)]
    await begun(*late)
    store.open.release()
    assert await first == 1
    store.open.release()
    assert await asyncio.gather(*late) == [2, 2, 2]


async def test_keys_with_lanes_of_their_own_do_not_wait_for_each_other(store: Store) -> None:
    flights = SingleFlight(store.ask)
    askers = [asyncio.create_task(flights.answer(key)) for key in ("a", "b")]
    await begun(*askers)
    assert store.questions == [{"a"}, {"b"}]
    store.open.release()
    store.open.release()
    await asyncio.gather(*askers)


async def test_keys_of_one_lane_are_asked_together_after_the_question_under_way(store: Store) -> None:
    flights = SingleFlight(store.ask, shared_lane)
    askers = [asyncio.create_task(flights.answer(key)) for key in ("a", "b", "c")]
    await begun(*askers)
    assert store.questions == [{"a"}]
    store.open.release()
    store.open.release()
    assert await asyncio.gather(*askers) == [1, 2, 2]
    assert store.questions == [{"a"}, {"b", "c"}]


async def test_what_is_not_known_is_absent(store: Store) -> None:
    store.open.release()
    assert await SingleFlight(store.ask).answers(["a", "unknown"]) == {"a": 1}


async def test_no_keys_ask_nothing(store: Store) -> None:
    assert await SingleFlight(store.ask).answers([]) == {}
    assert store.questions == []


async def test_a_failure_is_told_to_all_who_asked_and_not_remembered(store: Store) -> None:
    flights = SingleFlight(store.ask)
    store.failing = True
    store.open.release()
    with pytest.raises(EngineUnavailable):
        await flights.answers(["a", "b"])
    store.failing = False
    store.open.release()
    assert await flights.answer("a") == 2


async def test_an_asker_who_gives_up_leaves_the_others_their_answer(store: Store) -> None:
    flights = SingleFlight(store.ask, shared_lane)
    under_way = asyncio.create_task(flights.answer("b"))
    await begun(under_way)
    impatient, patient = (asyncio.create_task(flights.answer("a")) for _ in range(2))
    await begun(impatient, patient)
    impatient.cancel()
    store.open.release()
    store.open.release()
    assert await patient == 2
