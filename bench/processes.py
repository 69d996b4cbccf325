"""Starts child processes of a benchmark, measures their CPU time, and ends them by pid.

Called by the figures and by `bench.redis_cluster`. CPU time is what the kernel's scheduler counted for all threads, so
it hardly depends on the other load of the machine.
"""

import contextlib
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from hack.steps import StepError

END_SECONDS = 20.0
NANOSECONDS = 1e9
TAIL_LINES = 12


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the CPU time that the running threads of processes have used so far."""
    return sum(_nanoseconds(pid) for pid in pids) / NANOSECONDS


def _nanoseconds(pid: int) -> int:
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended in the meantime
            total += int((task / "schedstat").read_text().split()[0])
    return total


def pids_with(word: str) -> list[int]:
    """Return the processes of this machine, including those in containers, whose command line contains a text."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if any(word.encode() in one for one in words):
                found.append(int(folder.name))
    return found


@contextlib.contextmanager
def running(
    argv: Sequence[str], environment: Mapping[str, str], log: Path, ending: signal.Signals = signal.SIGTERM
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process until the block ends. It then gets the signal `ending`, and is killed if it does not exit."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(argv, env=dict(environment), stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        yield child
    finally:
        _end(child, ending)


def _end(child: subprocess.Popen[bytes], ending: signal.Signals) -> None:
    if child.poll() is None:
        child.send_signal(ending)
    try:
        child.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def answer_of(argv: Sequence[str], environment: Mapping[str, str], title: str) -> bytes:
    """Run a process to its end and return its output.

    Raises:
        StepError: it failed; the reason is the end of its output.
    """
    done = subprocess.run(argv, env=dict(environment), capture_output=True, check=False)
    if done.returncode != 0:
        raise StepError(title, "\n".join(done.stderr.decode(errors="replace").splitlines()[-TAIL_LINES:]))
    return done.stdout
