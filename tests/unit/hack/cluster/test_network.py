import pytest
from hypothesis import given
from hypothesis import strategies as st

from hack.cluster import network


def test_the_address_is_recognised_among_others() -> None:
    shown = '[{"ifname":"lo","addr_info":[{"local":"127.0.0.1"},{"local":"10.89.0.1"}]}]'
    assert network.has_address(shown)


@pytest.mark.parametrize("shown", ["", "[]", '[{"ifname":"lo","addr_info":[{"local":"127.0.0.1"}]}]'])
def test_its_absence_is_recognised(shown: str) -> None:
    assert not network.has_address(shown)


def test_a_query_asks_for_an_ipv4_address() -> None:
    query = network.build_dns_query("a.bc", 0x1234)
    assert query == b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x02bc\x00\x00\x01\x00\x01"


ANSWER = b"\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00rest"


def test_an_answer_with_a_record_is_one() -> None:
    assert network.is_dns_answer(ANSWER, 0x1234)


@pytest.mark.parametrize(
    "message",
    [
        ANSWER.replace(b"\x12\x34", b"\x12\x35"),
        ANSWER.replace(b"\x81\x80", b"\x81\x83"),
        ANSWER.replace(b"\x00\x01\x00\x01", b"\x00\x01\x00\x00"),
    ],
    ids=["another query's", "no such name", "no record"],
)
def test_another_answer_an_error_or_an_empty_one_is_none(message: bytes) -> None:
    assert not network.is_dns_answer(message, 0x1234)


@given(st.binary(max_size=12))
def test_a_message_without_a_body_is_no_answer(message: bytes) -> None:
    assert not network.is_dns_answer(message, 0)
