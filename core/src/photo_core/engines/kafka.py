"""Kafka: how pods reach it, and what the operator has to give them for that."""

from enum import StrEnum

from msgspec import Struct

from photo_core.engines.contract import CA_KEY, LOGIN_KEYS, EngineContract
from photo_core.errors import Engine
from photo_core.settings import PasswordLogin, Source

DEFAULT_PORT = 9092


class KafkaVariable(StrEnum):
    """Environment variables of Kafka."""

    BOOTSTRAP_SERVERS = "KAFKA_BOOTSTRAP_SERVERS"  # host:port,host:port
    PREFIX = "PHOTO_KAFKA_PREFIX"  # put before every topic and group
    PARTITION_DIVISOR = "PHOTO_KAFKA_PARTITION_DIVISOR"  # 4 on a development platform


class KafkaSettings(Struct, frozen=True):
    """How to reach Kafka."""

    bootstrap_servers: str
    login: PasswordLogin
    prefix: str = ""
    partition_divisor: int = 1


def kafka_settings(source: Source) -> KafkaSettings:
    """Read how to reach Kafka."""
    return KafkaSettings(
        bootstrap_servers=source.text(KafkaVariable.BOOTSTRAP_SERVERS),
        login=source.login(Engine.KAFKA.secret_folder),
        prefix=source.text(KafkaVariable.PREFIX, ""),
        partition_divisor=source.number(KafkaVariable.PARTITION_DIVISOR, 1),
    )


CONTRACT = EngineContract(
    engine=Engine.KAFKA,
    required_keys=LOGIN_KEYS,
    read_settings=kafka_settings,
    variables=tuple(KafkaVariable),
    provision_module="photo_core.streams.provision",
    keys_read_once=frozenset({CA_KEY}),  # librdkafka reads the CA once; a login is renewed while it runs
)
