"""Ends the process when its event loop is blocked. Called by `main`.

A leader whose event loop is blocked renews nothing and reconciles nothing, but looks alive. A thread of the interpreter
itself, which needs no Python code to run, prints the stack of every thread, which shows what blocks the loop (`kubectl
describe pod` has it), and exits with code 1.
"""

import asyncio
import faulthandler

from photo_operator import telemetry

TURN_SECONDS = 1.0


async def watch_loop(deadline_seconds: float) -> None:
    """Measure how late the loop is until cancelled; the process ends if it is late by the deadline."""
    loop = asyncio.get_running_loop()
    try:
        while True:
            faulthandler.dump_traceback_later(deadline_seconds, exit=True)
            due = loop.time() + TURN_SECONDS
            await asyncio.sleep(TURN_SECONDS)
            telemetry.LOOP_LAG.set(max(0.0, loop.time() - due))
    finally:
        faulthandler.cancel_dump_traceback_later()
