from dataclasses import replace

import pytest

from hack.images import catalog
from hack.release import plan as plans
from hack.release.plan import Clone, ReleaseRefusedError, plan_release, plan_snapshot

CLONE = Clone("0.1.0", "abc", 1_700_000_000, (), "## [Unreleased]\n- next\n\n## [0.1.0]\n- first\n")


def test_a_release_has_the_notes_of_its_version_and_the_date_of_its_commit() -> None:
    plan = plan_release(CLONE)
    assert (plan.version, plan.revision, plan.timestamp) == ("0.1.0", "abc", 1_700_000_000)
    assert plans.build_notes(plan) == "# PhotoPlatform 0.1.0\n\n- first\n"


def test_a_release_of_uncommitted_changes_is_refused_by_their_names() -> None:
    with pytest.raises(ReleaseRefusedError, match=r"uncommitted changes: Makefile, hack/a\.py"):
        plan_release(replace(CLONE, uncommitted=("Makefile", "hack/a.py")))


def test_a_release_without_a_section_in_the_changelog_is_refused() -> None:
    with pytest.raises(ReleaseRefusedError, match=r"no section for 0\.2\.0"):
        plan_release(replace(CLONE, version="0.2.0"))


def test_all_reasons_of_a_refusal_are_given_at_once() -> None:
    with pytest.raises(ReleaseRefusedError) as refused:
        plan_release(replace(CLONE, version="0.2.0", uncommitted=("Makefile",)))
    assert "Makefile" in str(refused.value)
    assert "0.2.0" in str(refused.value)


def test_a_snapshot_of_any_state_is_never_called_a_release() -> None:
    plan = plan_snapshot(replace(CLONE, version="0.2.0", uncommitted=("Makefile",)))
    assert (plan.version, plan.revision, plan.notes) == ("0.2.0-snapshot", "abc-dirty", "- next")


def test_the_files_of_a_release_carry_its_version() -> None:
    assert plan_release(CLONE).paths == (
        "RELEASE_NOTES.md",
        "charts/photoplatform-crds-0.1.0.tgz",
        "charts/photoplatform-operator-0.1.0.tgz",
        "images/photoplatform-0.1.0.oci.tar",
        "images/photoplatform-operator-0.1.0.oci.tar",
        "photoplatform-0.1.0.cdx.json",
    )


def test_every_released_image_is_one_that_runs_the_platform() -> None:
    assert set(plans.IMAGES) == {image.key for image in catalog.PLATFORM if image.loaded}


def test_a_file_that_is_missing_and_one_too_many_are_found() -> None:
    plan = plan_release(CLONE)
    assert plans.find_unexpected(plan, plan.paths) == []
    assert plans.find_unexpected(plan, [*plan.paths[1:], "core.123"]) == ["RELEASE_NOTES.md", "core.123"]


def test_checksums_are_written_as_sha256sum_reads_them() -> None:
    assert plans.build_checksums({"b.tgz": "22", "a.tgz": "11"}) == "11  a.tgz\n22  b.tgz\n"


def test_labels_name_version_and_revision_as_the_oci_specification_does() -> None:
    text = plans.build_label_dockerfile("localhost/photoplatform:1", plan_release(CLONE).labels)
    assert text.startswith("FROM localhost/photoplatform:1\n")
    assert 'LABEL "org.opencontainers.image.version"="0.1.0"\n' in text
    assert 'LABEL "org.opencontainers.image.revision"="abc"\n' in text
