from pathlib import Path

from bench.model import Line
from bench.pictures import PICTURES, build_bars, draw, is_shown
from bench.report import Run

TWO_PEERS = [
    Line("deliveries", "client and Redis CPU", "s", 2.0, peer, name) for peer, name in ((9.0, "a"), (8.0, "b"))
]


def test_what_several_lines_repeat_is_one_bar() -> None:
    assert [bar.label for bar in build_bars(TWO_PEERS)] == ["the platform 2", "a 9", "b 8"]


def test_what_all_lines_begin_with_is_not_repeated() -> None:
    lines = [Line("pipeline", f"post to many, {p}", "ms", 1.0) for p in ("p50", "p99")]
    assert [bar.label for bar in build_bars(lines)] == ["p50: the platform 1", "p99: the platform 1"]


def test_a_run_draws_the_pictures_of_its_figures_and_no_others(tmp_path: Path) -> None:
    (path,) = draw(Run("machine", "quick", "today", 1.0, tuple(TWO_PEERS)), tmp_path)
    assert path.name == "bench-deliveries.svg"
    assert "the platform 2" in path.read_text()


def test_no_line_stands_in_two_pictures() -> None:
    line = Line("pages", "p99 at 60 % of saturation, alone", "ms", 1.0)
    assert [picture.name for picture in PICTURES if is_shown(picture, line)] == ["pages-latency"]
