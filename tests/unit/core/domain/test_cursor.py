import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.cursor import CursorSigner, InvalidCursor
from photo_core.domain.ids import MAX_ID

SIGNER = CursorSigner(b"k" * 32)
IDS = st.integers(0, MAX_ID)


@given(last_id=IDS)
def test_a_cursor_leads_back_to_its_id(last_id: int) -> None:
    assert SIGNER.decode(SIGNER.encode(last_id)) == last_id


@given(last_id=IDS)
def test_a_cursor_is_unpadded_base64url(last_id: int) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{34}", SIGNER.encode(last_id))


@given(last_id=IDS, position=st.integers(0, 33), letter=st.sampled_from("ABCxyz019-_"))
def test_a_changed_cursor_is_refused(last_id: int, position: int, letter: str) -> None:
    cursor = SIGNER.encode(last_id)
    changed = cursor[:position] + letter + cursor[position + 1 :]
    if changed != cursor:
        with pytest.raises(InvalidCursor):
            SIGNER.decode(changed)


@given(text=st.text(max_size=60))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        SIGNER.decode(text)


@given(last_id=IDS)
def test_a_cursor_of_another_key_is_refused(last_id: int) -> None:
    with pytest.raises(InvalidCursor):
        CursorSigner(b"other" * 8).decode(SIGNER.encode(last_id))


def test_without_a_cursor_a_page_begins_at_the_top() -> None:
    assert SIGNER.before_id(None) == MAX_ID
    assert SIGNER.before_id(SIGNER.encode(17)) == 17


@given(last_id=IDS)
def test_while_keys_are_rotated_cursors_of_either_lead_on(last_id: int) -> None:
    before, after = CursorSigner(b"k" * 32, [b"n" * 32]), CursorSigner(b"n" * 32, [b"k" * 32])
    assert before.decode(after.encode(last_id)) == after.decode(before.encode(last_id)) == last_id
    assert before.encode(last_id) != after.encode(last_id)
