"""The first thing that a worker's process runs: it ends on SIGTERM from its very beginning on.

A container's first process ignores a signal that it has no handler for. A pod that is taken away while its worker still
loads would go on to join the group, and be killed in the middle of its work when its grace is over. `main` does the
rest; once it runs, a worker drains instead.
"""

import signal
import sys

ENDED_BY_SIGTERM = 128 + signal.SIGTERM


def run() -> None:
    """Run the command line."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ENDED_BY_SIGTERM))
    from photo_workers.main import main

    main()
