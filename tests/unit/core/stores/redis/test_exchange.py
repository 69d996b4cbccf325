"""Where a command goes after a refusal."""

import pytest

from photo_core.stores.redis.exchange import ASKING, Command, RoutedCommand, call, redirected
from photo_core.stores.redis.link import ErrorReply
from photo_core.stores.redis.scripts import TRIM

HERE = ("10.0.0.1", 6379)
GET = RoutedCommand(Command(b"k", (b"GET", b"k")), HERE)


def test_a_slot_that_moved_is_followed() -> None:
    assert redirected(GET, ErrorReply("MOVED 7 10.0.0.2:6380")) == RoutedCommand(GET.command, ("10.0.0.2", 6380))


def test_a_key_that_moved_ahead_of_its_slot_is_asked_for() -> None:
    asked = redirected(GET, ErrorReply("ASK 7 10.0.0.2:6380"))
    assert asked == RoutedCommand(GET.command, ("10.0.0.2", 6380), (ASKING,))


def test_a_node_that_does_not_know_the_host_means_its_own() -> None:
    assert redirected(GET, ErrorReply("MOVED 7 :6380")).address == ("10.0.0.1", 6380)


def test_an_address_of_many_colons_is_read_from_its_end() -> None:
    assert redirected(GET, ErrorReply("MOVED 7 fd00::2:6380")).address == ("fd00::2", 6380)


def test_a_script_that_a_master_does_not_know_is_sent_whole_to_where_it_was_asked_for() -> None:
    routed = RoutedCommand(call(TRIM, b"k", b"48"), HERE, (ASKING,))
    whole = redirected(routed, ErrorReply("NOSCRIPT No matching script."))
    assert whole.command.words == (b"EVAL", TRIM.text, b"1", b"k", b"48")
    assert (whole.address, whole.prefix) == (HERE, (ASKING,))


@pytest.mark.parametrize("said", ["CLUSTERDOWN Hash slot not served", "OOM command not allowed", "NOSCRIPT", ""])
def test_any_other_refusal_is_final(said: str) -> None:
    refusal = ErrorReply(said)
    with pytest.raises(ErrorReply) as raised:
        redirected(GET, refusal)
    assert raised.value is refusal
