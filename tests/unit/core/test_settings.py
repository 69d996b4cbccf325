"""What is read of the environment and of mounted secrets, and what is never told of them."""

from pathlib import Path

import pytest

from photo_core.engines.postgres import postgres_settings
from photo_core.mounted import InvalidSettings
from photo_core.settings import Source, Variable, feed_settings


def with_uri(folder: Path, uri: str) -> Source:
    (folder / "postgres").mkdir()
    (folder / "postgres/uri").write_text(uri)
    return Source({}, folder)


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://u:hunter2/x@h:5432/d",
        "postgresql://u:22/hunter2@h:5432/d",
        "postgresql://u:22#hunter2@h:5432/d",
        "postgresql://u:hunter2?x@h/d",
        "postgresql://u:22?hunter2@h/d",
        "postgresql://u:p@hunter2@h/d",
        "postgresql://u:hunter2[@h/d",
        "mysql://u:hunter2@h/d",
        "hunter2",
    ],
)
def test_a_uri_that_cannot_be_read_is_refused_and_nothing_of_it_told(tmp_path: Path, uri: str) -> None:
    with pytest.raises(InvalidSettings, match="percent-encode its password") as caught:
        postgres_settings(with_uri(tmp_path, uri))
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://h/d",
        "postgres://u:p@h:5432/d?sslmode=require",
        "postgresql://u:p%2Fw%40@[::1]:5432/d?application_name=a%40b",
    ],
)
def test_a_uri_that_can_be_read_is_taken_as_it_is(tmp_path: Path, uri: str) -> None:
    assert postgres_settings(with_uri(tmp_path, uri)).uri == uri


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("6h", 21_600), ("1d", 86_400)])
def test_durations_are_read_as_the_resource_writes_them(tmp_path: Path, text: str, seconds: int) -> None:
    source = Source({Variable.FEED_SKIP_FANOUT_AFTER: text}, tmp_path)
    assert feed_settings(source).skip_fanout_after_seconds == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "1.5h", "10 m", "-1s"])
def test_what_is_no_duration_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidSettings, match=Variable.FEED_SKIP_FANOUT_AFTER):
        feed_settings(Source({Variable.FEED_SKIP_FANOUT_AFTER: text}, tmp_path))
