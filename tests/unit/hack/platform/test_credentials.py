import base64
from itertools import count
from typing import Any

from hack.platform.credentials import (
    ALERT_WEBHOOK,
    ENGINES,
    OPERATOR,
    PLATFORM,
    build_alert_webhook,
    build_credentials,
    build_manifests,
)
from photo_core.errors import Engine


def generate() -> dict[str, dict[str, str]]:
    numbers = count()
    return build_credentials(lambda: f"password-{next(numbers)}")


def read(manifests: list[dict[str, Any]], namespace: str) -> dict[str, dict[str, str]]:
    return {
        manifest["metadata"]["name"]: {k: base64.b64decode(v).decode() for k, v in manifest["data"].items()}
        for manifest in manifests
        if manifest["metadata"]["namespace"] == namespace
    }


def test_every_engine_gets_a_password_of_its_own() -> None:
    credentials = generate()
    passwords = [data.get("password") or data["secret_access_key"] for data in credentials.values()]

    assert len(set(passwords)) == len(credentials) == len(Engine)


def test_the_platform_gets_the_address_of_postgres_and_not_its_parts() -> None:
    manifests = build_manifests(generate(), {}, {})

    assert set(read(manifests, PLATFORM)["photo-postgres"]) == {"uri"}
    assert set(read(manifests, ENGINES)["photo-postgres"]) == {"uri", "username", "password", "database"}


def test_what_exists_is_never_replaced() -> None:
    first = build_manifests(generate(), {}, {})
    existing = {namespace: read(first, namespace) for namespace in (ENGINES, PLATFORM)}

    assert build_manifests(build_credentials(lambda: "another"), existing, {}) == []


def test_a_lost_copy_is_made_again_from_the_engines_own() -> None:
    first = build_manifests(generate(), {}, {})
    existing = {ENGINES: read(first, ENGINES)}

    repaired = build_manifests(build_credentials(lambda: "another"), existing, {})

    assert read(repaired, PLATFORM) == read(first, PLATFORM)
    assert read(repaired, ENGINES) == {}


def test_the_platform_alone_is_told_what_to_trust_and_forgets_it_again() -> None:
    trusting = build_manifests(generate(), {}, {"ca.crt": "pem"})
    existing = {namespace: read(trusting, namespace) for namespace in (ENGINES, PLATFORM)}

    assert {data.get("ca.crt") for data in existing[PLATFORM].values()} == {"pem"}
    assert {data.get("ca.crt") for data in existing[ENGINES].values()} == {None}
    plain = build_manifests(generate(), existing, {})
    assert {data.get("ca.crt") for data in read(plain, PLATFORM).values()} == {None}
    assert len(plain) == len(existing[PLATFORM])


def test_alertmanager_and_operator_share_one_token_that_is_kept() -> None:
    made = build_alert_webhook(lambda: "new", {})
    existing = {namespace: read(made, namespace) for namespace in (ENGINES, OPERATOR)}
    assert existing[ENGINES] == existing[OPERATOR] == {ALERT_WEBHOOK: {"token": "new"}}
    assert build_alert_webhook(lambda: "another", existing) == []
    (again,) = build_alert_webhook(lambda: "another", {ENGINES: existing[ENGINES]})
    assert read([again], OPERATOR) == existing[OPERATOR]
