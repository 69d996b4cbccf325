"""The version of PhotoPlatform, and what the option `--version` of its programs prints.

The version is set here alone: `make generate` copies it to the packages and charts, and the API's description reads it.
"""

import sys

__version__ = "0.1.0"


def print_version(*, requested: bool) -> None:
    """Print the version and exit if it was requested; the callback of the option `--version`."""
    if requested:
        sys.stdout.write(f"PhotoPlatform {__version__}\n")
        raise SystemExit(0)
