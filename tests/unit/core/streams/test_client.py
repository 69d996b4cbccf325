import logging

from photo_core.engines.kafka import KafkaSettings
from photo_core.fakes.clock import FakeClock
from photo_core.messages.topics import Group, Topic
from photo_core.settings import PasswordLogin
from photo_core.streams.client import OncePerWhile, client_config
from photo_core.streams.consumer import GroupMembership, consumer_config
from photo_core.streams.publisher import producer_config

PLAIN = KafkaSettings("kafka:9092", PasswordLogin("user", "secret"), prefix="blue.")
TLS = KafkaSettings("kafka:9092", PasswordLogin("user", "secret", "/ca.crt"))


def test_the_login_is_scram_without_a_ca() -> None:
    config = client_config(PLAIN, "pod")
    assert (config["security.protocol"], config["sasl.mechanism"]) == ("SASL_PLAINTEXT", "SCRAM-SHA-512")
    assert (config["sasl.username"], config["sasl.password"]) == ("user", "secret")


def test_the_login_is_over_tls_with_a_ca() -> None:
    config = client_config(TLS, "pod")
    assert (config["security.protocol"], config["ssl.ca.location"]) == ("SASL_SSL", "/ca.crt")


def test_a_consumer_is_a_dynamic_member_of_the_prefixed_group_and_commits_by_hand() -> None:
    config = consumer_config(PLAIN, GroupMembership(Topic.FEED_FANOUT, Group.FANOUT_WORKERS, "pod"))
    assert config["group.id"] == "blue.fanout-workers"
    assert config["group.protocol"] == "consumer"
    assert "group.instance.id" not in config
    assert config["enable.auto.commit"] is False


def test_a_producer_is_idempotent_and_waits_for_all_replicas() -> None:
    config = producer_config(PLAIN, "pod")
    assert (config["acks"], config["enable.idempotence"]) == ("all", True)


def test_a_broker_that_is_away_is_logged_once_in_a_while() -> None:
    clock = FakeClock()
    quiet, record = OncePerWhile(clock), logging.makeLogRecord({})
    assert [quiet.filter(record) for _ in range(3)] == [True, False, False]
    clock.advance(10)
    assert quiet.filter(record)
