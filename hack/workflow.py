"""The commands of the Makefile, each as a short sequence of calls to other modules.

Called by `python -m hack up|down|check|test|drill|demo`.
"""

import asyncio
import os
import subprocess
import sys

from hack import check as checks
from hack import paths
from hack.cluster.cluster import choose
from hack.images import catalog
from hack.images.build import ensure_images
from hack.integration import run_integration
from hack.platform.commands import link_commands
from hack.platform.credentials import ensure_credentials
from hack.platform.engines import install_engines
from hack.platform.install import install_platform, print_summary
from hack.platform.transport import Transport
from hack.schemas import write_schemas
from hack.steps import StepError

# Everything below these folders that is marked `drill` or `search` is run by `make drill`.
DRILLED = ("tests/unit", "tests/e2e")


def up(transport: Transport = Transport.PLAIN) -> None:
    """Create a working platform from nothing; changes nothing if it runs already."""
    cluster = choose()
    cluster.up()
    names = ensure_images(cluster.builder, cluster)
    ensure_credentials(transport, cluster.node_address)
    install_engines(names, transport)
    install_platform(names, cluster.node_address, transport)
    link_commands()
    print_summary()


def down() -> None:
    """Remove the platform, the engines, the cluster and everything that they changed on this machine."""
    choose().down()


def check() -> None:
    """Run all checks and tests that need no cluster."""
    if checks.run_all(checks.build_checks()):
        sys.exit(1)


def test() -> None:
    """Run everything that CI runs; the output of pytest comes last."""
    check()
    up()
    write_schemas()
    if checks.run_all(checks.build_artefact_checks()):
        sys.exit(1)
    cluster = choose()
    names = ensure_images(cluster.builder, cluster, (*catalog.IMAGES, catalog.TESTS))
    run_integration(names[catalog.TESTS.key])
    _become_pytest("-v", "--timeout=600", "tests/e2e")


def drill() -> None:
    """Run what takes long: tests over TLS, runbooks and faults under load, long searches of model-based tests."""
    over_tls()
    _become_pytest("-v", "--timeout=7200", "--drill", "-m", "drill or search", *DRILLED)


def over_tls() -> None:
    """Run the end-to-end tests on engines that use TLS, and leave the platform without TLS."""
    up(Transport.TLS)
    words = [sys.executable, "-m", "pytest", "-v", "--timeout=600", "tests/e2e"]
    try:
        failed = subprocess.run(words, cwd=paths.ROOT, check=False).returncode != 0
    finally:
        up()
    if failed:
        raise StepError("end-to-end tests over TLS", "failed; see the output of pytest above")


def demo() -> None:
    """Play the demo on the running platform."""
    from hack.demo.story import tell

    asyncio.run(tell())


def _become_pytest(*words: str) -> None:
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *words])  # noqa: S606
