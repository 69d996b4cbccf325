import subprocess
import sys

import pytest

from photo_core.messages.topics import SUBSCRIPTIONS
from photo_workers.registry import WORKERS, ConsumerWorker, by_name

HEAVY = ("boto3", "botocore", "cassandra", "asyncpg", "pyvips", "pydantic", "lightkube")


def test_every_worker_has_a_name_of_its_own() -> None:
    assert len({worker.name for worker in WORKERS}) == len(WORKERS)


def test_every_subscription_has_its_worker() -> None:
    assert {(w.topic, w.group) for w in WORKERS if isinstance(w, ConsumerWorker)} == set(SUBSCRIPTIONS)


def test_an_unknown_name_is_no_worker() -> None:
    assert by_name("nobody") is None


@pytest.mark.parametrize("module", ["photo_workers.main", "photo_workers.running", "photo_workers.fanout.handler"])
def test_the_fanout_worker_loads_no_engine_that_it_does_not_use(module: str) -> None:
    check = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
