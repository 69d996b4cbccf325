import signal
import subprocess
import sys

from photo_workers.entry import ENDED_BY_SIGTERM

# as a process that loads what it needs: told to go before the command line is there
LOADING = """
import os, signal, sys, types
main = types.ModuleType("photo_workers.main")
main.main = lambda: os.kill(os.getpid(), signal.SIGTERM)
sys.modules["photo_workers.main"] = main
from photo_workers.entry import run
run()
"""


def test_a_process_that_is_told_to_go_while_it_loads_ends() -> None:
    ended = subprocess.run([sys.executable, "-c", LOADING], check=False, timeout=30)
    assert ended.returncode == ENDED_BY_SIGTERM == 128 + signal.SIGTERM
