import subprocess
import sys
from pathlib import Path

from photo_workers.registry import WORKERS

PROGRAM = Path(sys.executable).parent / "photo-workers"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"KAFKA_BOOTSTRAP_SERVERS": "nowhere:9092", "PHOTO_SECRETS_DIR": "nowhere", "PHOTO_METRICS_PORT": "0"}
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False, env=environment)


def test_list_names_every_worker_with_its_group() -> None:
    lines = run("list").stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == [worker.name for worker in WORKERS]
    assert "fanout\tfanout-workers" in lines


def test_an_unknown_worker_is_refused_with_the_known_ones() -> None:
    refused = run("run", "nobody")
    assert refused.returncode == 2
    assert refused.stderr.startswith("no worker is called nobody; there are fanout-planner, fanout,")


def test_a_missing_secret_is_named_in_one_line() -> None:
    stopped = run("run", "fanout")
    assert stopped.returncode == 1
    assert "the secret for kafka lacks the key username" in stopped.stdout
    assert "Traceback" not in stopped.stdout + stopped.stderr


def test_a_group_that_does_not_read_a_topic_is_refused() -> None:
    refused = run("replay-dead-letters", "--topic", "feed.fanout", "--group", "image-encode")
    assert refused.returncode == 2
    assert refused.stderr.startswith("image-encode does not read feed.fanout")
