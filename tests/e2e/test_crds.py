"""The CRDs on a real API server: every mistake is refused with its sentence, and versions change without a loss.

The copies are of a group of their own: the platform beside is left alone.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from kubernetes import config
from kubernetes.client.exceptions import ApiException

from hack.scenarios.cluster import Json, wait_for
from tests.support.bad_platforms import BAD, GOOD_SCHEDULES, Bad, changed, window
from tests.support.crd_copies import CrdCopies

ROOT = Path(__file__).resolve().parents[2]
CRDS = ROOT / "charts/photoplatform-crds/templates"
SAMPLE: Json = yaml.safe_load((ROOT / "examples/photoplatform.yaml").read_text())
TAKEN_UP_SECONDS = 20  # until the API server judges by a changed CRD


@pytest.fixture(scope="module")
def copies() -> Iterator[CrdCopies]:
    api = config.new_client_from_config(str(ROOT / ".local/kubeconfig"))
    found = CrdCopies(api)
    found.remove()  # what a killed run left
    try:
        found.install(CRDS)
        wait_for("the new CRD to judge", lambda: _refusal(found, BAD[0]), TAKEN_UP_SECONDS)
        yield found
    finally:
        found.remove()
        api.close()


def _refusal(copies: CrdCopies, bad: Bad) -> str:
    """Return the API server's words about a mistake; none where it is accepted."""
    try:
        if bad.before is None:
            copies.create(changed(SAMPLE, bad.path, bad.value), dry_run=True)
        else:
            stored = copies.create(changed(SAMPLE, bad.path, bad.before) | {"metadata": {"name": "changing"}})
            try:
                copies.replace(changed(stored, bad.path, bad.value), dry_run=True)
            finally:
                copies.delete(stored)
    except ApiException as refused:
        return str(refused.body)
    return ""


@pytest.mark.parametrize("bad", BAD, ids=[f"{bad.path}={bad.value}"[:60] for bad in BAD])
def test_a_mistake_is_refused_with_a_sentence_that_says_where_and_what_to_write(copies: CrdCopies, bad: Bad) -> None:
    said = _refusal(copies, bad).replace('\\"', '"')
    assert bad.sentence in said
    assert bad.path.rpartition(".")[2] in said


@pytest.mark.parametrize("schedule", GOOD_SCHEDULES)
def test_schedules_that_people_write_are_accepted(copies: CrdCopies, schedule: str) -> None:
    accepted = copies.create(changed(SAMPLE, "spec.maintenanceWindows", window(schedule)), dry_run=True)
    assert accepted["spec"]["maintenanceWindows"][0]["schedule"] == schedule


def test_a_misspelt_field_is_refused_by_its_name(copies: CrdCopies) -> None:
    with pytest.raises(ApiException) as refused:
        copies.create(changed(SAMPLE, "spec.feeds", {"mode": "Auto"}), dry_run=True)
    assert 'unknown field \\"spec.feeds\\"' in refused.value.body
