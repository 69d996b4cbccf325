"""A process of its own each time: what is watched for ends it."""

import subprocess
import sys

BLOCKED = """
import asyncio, sys, time
from photo_operator.process.watchdog import watch_loop

async def main():
    watching = asyncio.create_task(watch_loop(2.0))
    await asyncio.sleep(0)
    {work}
    watching.cancel()

def hold_the_loop():
    time.sleep(60)

asyncio.run(main())
print("ended by itself")
"""


def _run(work: str) -> subprocess.CompletedProcess[str]:
    program = BLOCKED.format(work=work)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)


def test_a_loop_that_stands_still_ends_the_process_and_names_the_culprit() -> None:
    ended = _run("hold_the_loop()")
    assert ended.returncode == 1
    assert "hold_the_loop" in ended.stderr
    assert "ended by itself" not in ended.stdout


def test_a_loop_that_turns_is_left_alone() -> None:
    ended = _run("await asyncio.sleep(3)")
    assert ended.returncode == 0
    assert ended.stdout == "ended by itself\n"
