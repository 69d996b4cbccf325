import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from hack.release.archives import normalise_tar, normalise_tgz


def write(path: Path, mode: Literal["w:", "w:gz"], written_at: int) -> None:
    with tarfile.open(path, mode) as archive:
        folder = tarfile.TarInfo("chart")
        folder.type, folder.mtime = tarfile.DIRTYPE, written_at
        archive.addfile(folder)
        member = tarfile.TarInfo("chart/Chart.yaml")
        member.size, member.mtime = 4, written_at
        archive.addfile(member, io.BytesIO(b"name"))


@pytest.mark.parametrize(
    ("mode", "normalise"),
    [pytest.param("w:", normalise_tar, id="an image"), pytest.param("w:gz", normalise_tgz, id="a chart")],
)
def test_archives_of_equal_content_have_equal_bytes(
    mode: Literal["w:", "w:gz"], normalise: Callable[[Path, int], None], tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for path, written_at in ((first, 1_000), (second, 2_000)):
        write(path, mode, written_at)
        normalise(path, 3_000)
    assert first.read_bytes() == second.read_bytes()
    with tarfile.open(first) as archive:
        assert [(member.name, member.mtime) for member in archive] == [("chart", 3_000), ("chart/Chart.yaml", 3_000)]
        content = archive.extractfile("chart/Chart.yaml")
        assert content is not None
        assert content.read() == b"name"
