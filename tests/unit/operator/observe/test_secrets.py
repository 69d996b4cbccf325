"""Which changes of a Secret replace pods: those that a running process cannot take up."""

import pytest

from photo_operator.crds.platform import Platform
from photo_operator.observe.secrets import hashes

LOGIN = {"username": "u", "password": "p", "ca.crt": "pem"}
SECRETS: dict[str, dict[str, str] | None] = {
    "photo-kafka": LOGIN,
    "photo-redis": LOGIN,
    "photo-cassandra": LOGIN,
    "photo-postgres": {"uri": "postgresql://u:p@h/d", "ca.crt": "pem"},
    "photo-object-storage": {"access_key_id": "i", "secret_access_key": "s", "ca.crt": "pem"},
    "demo-keys": {"token-signing-key": "t", "cursor-signing-key": "c"},
}


def changed(platform: Platform, secret: str, key: str) -> set[str]:
    """Return the Secrets whose hash differs once a key has been rotated."""
    rotated = SECRETS | {secret: {**(SECRETS[secret] or {}), key: "another"}}
    before, after = hashes(platform, SECRETS), hashes(platform, rotated)
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("secret", "key"),
    [(name, key) for name, values in SECRETS.items() if name.startswith("photo-") for key in values or ()],
)
def test_no_rotation_at_an_engine_replaces_pods_but_that_of_the_ca_of_kafka(
    platform: Platform, secret: str, key: str
) -> None:
    assert changed(platform, secret, key) == ({secret} if (secret, key) == ("photo-kafka", "ca.crt") else set())


@pytest.mark.parametrize("key", ["token-signing-key", "cursor-signing-key", "token-verifying-keys"])
def test_other_signing_keys_replace_the_pods_that_sign(platform: Platform, key: str) -> None:
    assert changed(platform, "demo-keys", key) == {"demo-keys"}


def test_a_first_ca_of_kafka_replaces_pods_since_tls_begins(platform: Platform) -> None:
    plain = SECRETS | {"photo-kafka": {"username": "u", "password": "p"}}
    assert hashes(platform, plain)["photo-kafka"] != hashes(platform, SECRETS)["photo-kafka"]


def test_a_secret_that_is_missing_has_no_hash(platform: Platform) -> None:
    assert "photo-redis" not in hashes(platform, SECRETS | {"photo-redis": None})
