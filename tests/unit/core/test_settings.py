"""What is read of the environment and of mounted secrets, and what is never told of them."""

from pathlib import Path

import pytest

from photo_core.settings import InvalidSettings, Source, postgres_settings


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
