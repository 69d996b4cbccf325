"""Redis Cluster: how pods reach it, and what the operator has to give them for that."""

from enum import StrEnum

from msgspec import Struct

from photo_core.engines.contract import LOGIN_KEYS, EngineContract
from photo_core.errors import Engine
from photo_core.settings import PasswordLogin, Source

DEFAULT_PORT = 6379


class RedisVariable(StrEnum):
    """Environment variables of Redis."""

    NODES = "REDIS_CLUSTER"  # host:port,host:port: where to learn the topology
    KEY_PREFIX = "PHOTO_REDIS_KEY_PREFIX"  # put before every key


class RedisSettings(Struct, frozen=True):
    """How to reach the Redis Cluster; `nodes` are (host, port)."""

    nodes: tuple[tuple[str, int], ...]
    login: PasswordLogin
    key_prefix: str = ""


def redis_settings(source: Source) -> RedisSettings:
    """Read how to reach Redis."""
    return RedisSettings(
        nodes=source.addresses(RedisVariable.NODES, DEFAULT_PORT),
        login=source.login(Engine.REDIS.secret_folder),
        key_prefix=source.text(RedisVariable.KEY_PREFIX, ""),
    )


CONTRACT = EngineContract(
    engine=Engine.REDIS,
    required_keys=LOGIN_KEYS,
    read_settings=redis_settings,
    variables=tuple(RedisVariable),
)
