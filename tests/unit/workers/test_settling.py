import asyncio

import pytest

from photo_core.errors import Engine, EngineUnavailable, PermanentFailure
from photo_core.ports.events import IncomingMessage
from photo_workers.outcomes import DONE, Dead, Outcome, Unavailable
from photo_workers.settling import settle


def message(key: str, offset: int) -> IncomingMessage:
    return IncomingMessage("topic", 0, offset, key, b"", 0)


async def test_outcomes_follow_the_order_of_the_batch() -> None:
    async def handle(one: IncomingMessage) -> Outcome:
        return Dead(str(one.offset))

    batch = [message(key, offset) for offset, key in enumerate("abcab")]
    assert await settle(batch, handle, 4) == [Dead(str(offset)) for offset in range(5)]


async def test_messages_of_one_key_are_never_handled_at_the_same_time() -> None:
    running: list[str] = []

    async def handle(one: IncomingMessage) -> Outcome:
        assert one.key not in running
        running.append(one.key)
        await asyncio.sleep(0)
        running.remove(one.key)
        return DONE

    await settle([message(key, offset) for offset, key in enumerate("abcabcaab")], handle, 4)


async def test_no_more_keys_than_allowed_are_under_way() -> None:
    running = 0

    async def handle(_one: IncomingMessage) -> Outcome:
        nonlocal running
        running += 1
        assert running <= 2
        await asyncio.sleep(0)
        running -= 1
        return DONE

    await settle([message(str(offset), offset) for offset in range(20)], handle, 2)


async def test_what_follows_a_message_that_waits_for_an_engine_waits_with_it() -> None:
    handled: list[int] = []

    async def handle(one: IncomingMessage) -> Outcome:
        handled.append(one.offset)
        if one.key == "a":
            raise EngineUnavailable(Engine.REDIS, "away")
        return DONE

    away = Unavailable(Engine.REDIS, "away")
    assert await settle([message("a", 0), message("b", 1), message("a", 2)], handle, 4) == [away, DONE, away]
    assert handled == [0, 1]


async def test_a_permanent_failure_is_dead_with_its_reason() -> None:
    async def handle(_one: IncomingMessage) -> Outcome:
        raise PermanentFailure("not a photograph")

    assert await settle([message("a", 0)], handle, 1) == [Dead("not a photograph")]


async def test_a_mistake_in_the_handler_is_not_hidden() -> None:
    async def handle(_one: IncomingMessage) -> Outcome:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup):
        await settle([message("a", 0)], handle, 1)
