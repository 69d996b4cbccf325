"""One call to the API server: bounded in time, counted, and every failure raised as an error of the port.

Used by `kube` and by `leadership.kube`, which make the calls.
"""

import asyncio
from collections.abc import Awaitable
from typing import NoReturn, TypeVar

import httpx2
from lightkube import ApiError
from msgspec import Struct

from photo_operator import telemetry
from photo_operator.cluster.port import ClusterRefused, ClusterUnavailable

T = TypeVar("T")

TOO_MANY_REQUESTS = 429
NO_ANSWER = "none"  # the code of a call without an answer
LONGEST_RETRY_AFTER_SECONDS = 30.0


class Call(Struct, frozen=True):
    """What is asked, and how many seconds to wait for an answer."""

    verb: str
    resource: str
    seconds: float


async def answer(call: Call, asked: Awaitable[T]) -> T:
    """Return what the API server answers.

    Raises:
        ClusterRefused: it said no.
        ClusterUnavailable: it did not answer in time, or asks to come back later.
    """
    try:
        with telemetry.API_SECONDS.labels(call.verb).time():
            async with asyncio.timeout(call.seconds):
                answered = await asked
    except httpx2.HTTPStatusError as error:
        _count(call, str(error.response.status_code))
        _raise_refusal(call, error)
    except (httpx2.HTTPError, TimeoutError, KeyError) as error:  # KeyError: lightkube, of an error without a type
        _count(call, NO_ANSWER)
        raise ClusterUnavailable(f"{call.verb} {call.resource}: {type(error).__name__} {error}") from error
    _count(call, "200")
    return answered


def _count(call: Call, code: str) -> None:
    telemetry.API_CALLS.labels(call.verb, call.resource, code).inc()


def _raise_refusal(call: Call, error: httpx2.HTTPStatusError) -> NoReturn:
    code = error.response.status_code
    if code == TOO_MANY_REQUESTS or code >= 500:
        wait = retry_after(error.response.headers.get("Retry-After"))
        raise ClusterUnavailable(f"{call.verb} {call.resource}: HTTP {code}", wait) from error
    if isinstance(error, ApiError):
        raise ClusterRefused(error.status.reason or str(code), error.status.message or "") from error
    raise ClusterRefused(str(code), f"{call.verb} {call.resource}: HTTP {code}") from error


def retry_after(header: str | None) -> float:
    """Return the seconds that the API server asks to wait; 0 where it does not say."""
    seconds = float(header) if header is not None and header.isdecimal() else 0.0
    return min(seconds, LONGEST_RETRY_AFTER_SECONDS)
