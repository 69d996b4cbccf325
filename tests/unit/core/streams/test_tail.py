"""When a reader of all partitions must assume that it missed something."""

import msgspec

from photo_core.streams.tail import SILENT_US, Broker, KnownTopic, Statistics, misses

READ_FROM = {"posts-0": msgspec.Raw(b"{}")}
TWO = KnownTopic({"0": msgspec.Raw(b"{}"), "1": msgspec.Raw(b"{}"), "-1": msgspec.Raw(b"{}")})


def test_brokers_that_answer_miss_nothing() -> None:
    statistics = Statistics({"a": Broker("UP", 600_000, READ_FROM)}, {"posts": TWO})
    assert misses(statistics, "posts", 2) is None


def test_a_broker_that_is_silent_or_gone_may_have_something_new() -> None:
    for broker in (Broker("UP", SILENT_US + 1, READ_FROM), Broker("DOWN", 0, READ_FROM)):
        assert misses(Statistics({"a": broker}, {"posts": TWO}), "posts", 2) == "the broker a is silent"


def test_a_broker_that_leads_no_partition_may_be_silent() -> None:
    assert misses(Statistics({"a": Broker("UP", SILENT_US + 1, {})}, {}), "posts", 2) is None


def test_partitions_that_were_added_are_not_read() -> None:
    assert misses(Statistics({}, {"posts": TWO}), "posts", 1) == "the topic has other partitions now"


def test_the_librarys_own_statistics_are_understood() -> None:
    text = '{"name":"x","brokers":{"a:1/0":{"state":"UP","rxidle":5,"toppars":{"p-0":{"partition":0}}}},"topics":{}}'
    read = msgspec.json.decode(text, type=Statistics)
    assert read.brokers["a:1/0"].rxidle == 5
    assert set(read.brokers["a:1/0"].toppars) == {"p-0"}
