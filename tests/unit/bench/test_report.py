from pathlib import Path

import pytest

from bench.model import Line, Target
from bench.report import Run, build_markdown, number, read, save, with_table

LINE = Line("bytes", "a feed entry", "bytes", 16.0, 121.0, "sorted set", target=Target(times=8))
RUN = Run("two cores", "quick", "2026-11-21 07:00 UTC", 12.0, (LINE,))


def test_a_missed_target_is_shown_as_missed() -> None:
    assert "| bytes | a feed entry | 16 bytes | 121 (sorted set) | 7.56x | 8x | NO |" in build_markdown(RUN)


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    save(RUN, tmp_path)
    assert read(tmp_path) == RUN


def test_a_page_gets_the_new_table_and_keeps_the_rest() -> None:
    page = "before\n<!-- table -->\nold\n<!-- end of the table -->\nafter\n"
    assert with_table(page, "new\n") == "before\n<!-- table -->\nnew\n<!-- end of the table -->\nafter\n"


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks"):
        with_table("no marks", "new\n")


@pytest.mark.parametrize(
    ("value", "text"), [(None, "-"), (0.0, "0"), (0.0123, "0.0123"), (5.678, "5.68"), (12345.6, "12,346")]
)
def test_numbers_have_three_significant_digits(value: float | None, text: str) -> None:
    assert number(value) == text
