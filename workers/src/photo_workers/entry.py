"""The entry point of the `photo-workers` script: installs a handler of SIGTERM before anything else is imported.

The first process of a container ignores signals without a handler. A pod that is deleted while its worker still loads
would join the group all the same, and be killed in the middle of its work at the end of its grace period. `main` does
the rest; once a worker runs, it drains on SIGTERM instead.
"""

import signal
import sys

ENDED_BY_SIGTERM = 128 + signal.SIGTERM


def run() -> None:
    """Run the command line."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ENDED_BY_SIGTERM))
    from photo_workers.main import main

    main()
