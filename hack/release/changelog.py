"""Cuts the notes of one version from the text of CHANGELOG.md. Called by `hack.release.plan`; reads no file."""

import re

UNRELEASED = "Unreleased"


def section_of(changelog: str, version: str) -> str:
    """Return the section of a version without its heading, or an empty text if there is none or it says nothing."""
    heading = re.compile(rf"^## \[{re.escape(version)}\].*$", re.MULTILINE)
    found = heading.search(changelog)
    if found is None:
        return ""
    rest = changelog[found.end() :]
    next_heading = re.search(r"^## ", rest, re.MULTILINE)
    section = rest[: next_heading.start()] if next_heading else rest
    without_link_targets = re.sub(r"^\[[^\]]+\]: .*$", "", section, flags=re.MULTILINE)
    return without_link_targets.strip()
