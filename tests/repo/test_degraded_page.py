"""docs/explanation/degraded.md says what the tables in the code say."""

from itertools import pairwise

from hack import paths
from photo_core.domain.degradation import LEVELS, Cut, DegradedLevel
from tests.unit.core.stores.cassandra.test_reads_to_show import MAY_BE_MADE_EASIER

PAGE = (paths.ROOT / "docs/explanation/degraded.md").read_text()


def row(below: DegradedLevel | None, level: DegradedLevel) -> str:
    new = [cut.value for cut in Cut if cut in level.cuts and (below is None or cut not in below.cuts)]
    waits = f"{level.truth_seconds:g} s" if level.truth_seconds else "not"
    cells = (
        *(str(level.level), level.name, f"1/{level.pages_divided_by}", waits, "; ".join(new) or "nothing"),
        *("; ".join(sorted(setter.value for setter in level.set_by)), level.left),
    )
    return f"| {' | '.join(cells)} |"


def test_every_level_stands_in_the_table_as_in_the_code() -> None:
    rows = [row(None, LEVELS[0]), *(row(below, level) for below, level in pairwise(LEVELS))]
    assert [line for line in PAGE.splitlines() if line.startswith(tuple(f"| {n} |" for n in range(5)))] == rows


def test_every_read_that_may_be_made_easier_is_named() -> None:
    for what in MAY_BE_MADE_EASIER.values():
        assert f"- {what}" in PAGE
