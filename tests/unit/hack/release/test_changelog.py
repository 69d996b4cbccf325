import pytest

from hack.release.changelog import section_of

CHANGELOG = """# Changelog

## [Unreleased]

### Feeds

- Ranked feeds.

## [0.2.0] - 2027-01-10

### API

- Sessions can be listed.

## [0.1.0] - 2026-12-01

- The first release.

[0.2.0]: https://example.org/compare/v0.1.0...v0.2.0
"""


@pytest.mark.parametrize(
    ("version", "section"),
    [
        pytest.param("0.2.0", "### API\n\n- Sessions can be listed.", id="up to the next version"),
        pytest.param("0.1.0", "- The first release.", id="the last one, without link targets"),
        pytest.param("Unreleased", "### Feeds\n\n- Ranked feeds.", id="what has no version yet"),
        pytest.param("0.3.0", "", id="a version that is not there"),
        pytest.param("0.2", "", id="the beginning of another version"),
        pytest.param("0x2.0", "", id="a dot is no wildcard"),
    ],
)
def test_the_section_of_a_version_is_cut_out(version: str, section: str) -> None:
    assert section_of(CHANGELOG, version) == section


def test_a_section_without_text_counts_as_none() -> None:
    assert section_of("## [0.1.0]\n\n## [0.0.1]\n- x\n", "0.1.0") == ""
