"""Secrets are rotated while processes run: whoever connects asks for what is mounted now."""

from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import KafkaError

from photo_core.engines.object_storage import ObjectStorageVariable, object_storage_settings
from photo_core.engines.postgres import postgres_settings
from photo_core.errors import Engine
from photo_core.settings import KEYS_FOLDER, PasswordLogin, SigningKeys, Source, signing_keys
from photo_core.streams.client import RenewedLogin
from tests.support.mounted_secrets import MountedSecrets

Mount = Callable[..., None]


@pytest.fixture
def mount(tmp_path: Path) -> Mount:
    return MountedSecrets(tmp_path).mount


def test_a_login_is_renewed_whole(tmp_path: Path, mount: Mount) -> None:
    mount(Engine.KAFKA.secret_folder, username="one", password="first")
    login = Source({}, tmp_path).login(Engine.KAFKA.secret_folder)
    mount(Engine.KAFKA.secret_folder, username="two", password="second", **{"ca.crt": "pem"})

    renewed = login.renewed()

    assert (login.username, login.password, login.ca_path) == ("one", "first", None)
    assert (renewed.username, renewed.password) == ("two", "second")
    assert renewed.ca_path == str(tmp_path / "kafka/ca.crt")


def test_a_secret_that_lost_a_key_leaves_the_login_that_was_known(tmp_path: Path, mount: Mount) -> None:
    mount(Engine.REDIS.secret_folder, username="one", password="first")
    login = Source({}, tmp_path).login(Engine.REDIS.secret_folder)
    mount(Engine.REDIS.secret_folder, username="two")

    assert login.renewed() == login


def test_an_address_of_postgres_is_renewed_unless_it_cannot_be_read(tmp_path: Path, mount: Mount) -> None:
    mount(Engine.POSTGRES.secret_folder, uri="postgresql://u:first@h/d")
    settings = postgres_settings(Source({}, tmp_path))
    mount(Engine.POSTGRES.secret_folder, uri="postgresql://u:second@h/d")
    assert settings.renewed().uri == "postgresql://u:second@h/d"
    mount(Engine.POSTGRES.secret_folder, uri="mysql://elsewhere")
    assert settings.renewed() == settings


def test_the_keys_of_the_store_are_renewed_and_nothing_else(tmp_path: Path, mount: Mount) -> None:
    mount(Engine.OBJECT_STORAGE.secret_folder, access_key_id="id", secret_access_key="first")
    variables: dict[str, str] = {
        ObjectStorageVariable.ENDPOINT: "http://s3:7070",
        ObjectStorageVariable.BUCKET_ORIGINAL: "mine",
    }
    settings = object_storage_settings(Source(variables, tmp_path))
    mount(Engine.OBJECT_STORAGE.secret_folder, access_key_id="id", secret_access_key="second")

    renewed = settings.renewed()

    assert (renewed.secret_access_key, renewed.bucket_original) == ("second", "mine")


def test_signing_keys_may_have_others_beside_one_a_line(tmp_path: Path, mount: Mount) -> None:
    keys = {"token-signing-key": "t", "cursor-signing-key": "c"}
    mount(KEYS_FOLDER, **keys)
    assert signing_keys(Source({}, tmp_path)) == SigningKeys("t", "c")
    mount(KEYS_FOLDER, **keys, **{"token-verifying-keys": "older\nnewer\n"})
    assert signing_keys(Source({}, tmp_path)) == SigningKeys("t", "c", ("older", "newer"))


def test_what_is_not_mounted_stays_as_it_is() -> None:
    login = PasswordLogin("somebody", "secret")
    assert login.renewed() is login


class Client:
    def __init__(self) -> None:
        self.logins: list[tuple[str, str]] = []

    def set_sasl_credentials(self, username: str, password: str) -> None:
        self.logins.append((username, password))


@pytest.mark.parametrize(
    ("code", "tried"),
    [
        (KafkaError._AUTHENTICATION, [("two", "second")]),
        (KafkaError.SASL_AUTHENTICATION_FAILED, [("two", "second")]),
        (KafkaError._TRANSPORT, []),
    ],
)
def test_a_client_whose_login_kafka_refuses_tries_what_is_mounted(
    tmp_path: Path, mount: Mount, code: int, tried: list[tuple[str, str]]
) -> None:
    mount(Engine.KAFKA.secret_folder, username="one", password="first")
    login = Source({}, tmp_path).login(Engine.KAFKA.secret_folder)
    mount(Engine.KAFKA.secret_folder, username="two", password="second")
    client = Client()

    renewed = RenewedLogin(login)
    renewed.note(KafkaError(code))
    for _ in range(2):
        renewed.renew(client)

    assert client.logins == tried
