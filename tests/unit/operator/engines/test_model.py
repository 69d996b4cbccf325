import pytest

from photo_core.engines.postgres import port_of
from photo_operator.conditions import Reason
from photo_operator.crds.base import SecretRef
from photo_operator.crds.engines import Kafka, Postgres, Redis
from photo_operator.engines.model import Credentials, secret_problem
from photo_operator.engines.redis import all_restarted

S = SecretRef("s")
KAFKA, POSTGRES, REDIS = Kafka("kafka:9092", S), Postgres(S), Redis(("redis:6379",), S)


@pytest.mark.parametrize(
    ("values", "reason", "step"),
    [
        (None, Reason.SECRET_MISSING, "create Secret s with the keys username, password"),
        ({"username": "u"}, Reason.SECRET_KEY_MISSING, "add password to Secret s"),
        ({"username": "u", "password": ""}, Reason.SECRET_KEY_MISSING, "add password to Secret s"),
    ],
    ids=["no Secret", "no key", "an empty value"],
)
def test_what_is_wrong_with_a_secret_says_what_to_do(values: dict[str, str] | None, reason: Reason, step: str) -> None:
    problem = secret_problem(KAFKA, values)
    assert problem is not None
    assert (problem.reason, problem.next_step) == (reason, step)


def test_a_whole_secret_is_no_problem() -> None:
    assert secret_problem(POSTGRES, {"uri": "postgresql://"}) is None


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://u:hunter2/x@postgres:5432/d",
        "postgresql://u:22/hunter2@postgres:5432/d",
        "postgresql://u:hunter2[@postgres/d",
        "hunter2",
    ],
    ids=["a slash in the password", "a slash after digits", "a bracket in the password", "no URI"],
)
def test_a_uri_that_cannot_be_read_is_named_without_its_value(uri: str) -> None:
    problem = secret_problem(POSTGRES, {"uri": uri})
    assert problem is not None
    assert problem.reason is Reason.SECRET_MALFORMED
    assert "Secret s: uri" in problem.message
    assert "hunter2" not in problem.message + problem.next_step
    assert port_of(uri) in (22, 5432)


@pytest.mark.parametrize(
    "certificate",
    ["", "hunter2", "-----BEGIN CERTIFICATE-----\nhunter2\n", "\u00fc"],
    ids=["empty", "text", "cut off", "not ASCII"],
)
def test_a_ca_that_is_not_pem_is_named_without_its_value(certificate: str) -> None:
    problem = secret_problem(REDIS, {"username": "u", "password": "p", "ca.crt": certificate})
    assert problem is not None
    assert problem.reason is Reason.SECRET_MALFORMED
    assert problem.message == "Secret s: ca.crt is no certificate in PEM"


def test_credentials_do_not_show_in_logs() -> None:
    assert "hunter2" not in repr(Credentials({"username": "u", "password": "hunter2"}))


@pytest.mark.parametrize(
    ("before", "now", "lost"),
    [((), ("a",), False), (("a", "b"), ("a", "c"), False), (("a", "b"), ("c", "d"), True), (("a",), (), False)],
    ids=["first seen", "one restarted", "all restarted", "none seen"],
)
def test_all_masters_are_lost_when_none_is_the_same_process(
    before: tuple[str, ...],
    now: tuple[str, ...],
    lost: bool,  # noqa: FBT001
) -> None:
    assert all_restarted(frozenset(before), frozenset(now)) is lost
