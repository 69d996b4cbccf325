import fcntl
import os
from pathlib import Path

import pytest

from hack.lock import exclusive, shared


def is_free(path: Path, kind: int) -> bool:
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


def test_an_exclusive_lock_keeps_others_out_and_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with exclusive(path):
        assert not is_free(path, fcntl.LOCK_SH)
    assert not path.exists()


def test_shared_holders_stand_beside_each_other(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with shared(path):
        assert is_free(path, fcntl.LOCK_SH)
        assert not is_free(path, fcntl.LOCK_EX)


def test_a_failure_inside_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(ZeroDivisionError), exclusive(path):
        raise ZeroDivisionError
    assert is_free(path, fcntl.LOCK_EX)
