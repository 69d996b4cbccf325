"""The configuration that all Kafka clients share: login, failure detection, logs.

Called by publisher, consumer and provision. It opens no connection.
"""

import logging
import threading
from typing import Any, Protocol

from confluent_kafka import KafkaError

from photo_core.clock import Clock, SystemClock
from photo_core.engines.kafka import KafkaSettings
from photo_core.settings import PasswordLogin

Config = dict[str, Any]

REFUSED_LOGINS = frozenset({KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED})  # noqa: SLF001

QUIET_SECONDS = 10.0


class SaslClient(Protocol):
    """A producer or consumer, whose login can be replaced while it runs."""

    def set_sasl_credentials(self, username: str, password: str) -> None:
        """Log in with these from the next connection on."""
        ...


class RenewedLogin:
    """Gives a client whose login was refused the login that is mounted now; the client retries by itself.

    The client reports a refusal to `note` in the middle of a call, where calling it again would abort the process. The
    caller therefore calls `renew` after each call.
    """

    def __init__(self, login: PasswordLogin) -> None:
        self._login = login
        self._refused = threading.Event()

    def note(self, error: KafkaError) -> None:
        """Note an error that a client reports."""
        if error.code() in REFUSED_LOGINS:
            self._refused.set()

    def renew(self, client: SaslClient) -> None:
        """Give the client the mounted login, if its login was refused since the last call."""
        if self._refused.is_set():
            self._refused.clear()
            now = self._login.renewed()
            client.set_sasl_credentials(now.username, now.password)


class OncePerWhile(logging.Filter):
    """Passes one record every ten seconds, so that a broker that is down does not log at every attempt."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._quiet_until = clock.monotonic()

    def filter(self, _record: logging.LogRecord) -> bool:
        """Tell whether to log a record."""
        now = self._clock.monotonic()
        if now < self._quiet_until:
            return False
        self._quiet_until = now + QUIET_SECONDS
        return True


def _own_logger() -> logging.Logger:
    """Return the logger of librdkafka's own lines; rendered by telemetry.logs as everything else."""
    logger = logging.getLogger("kafka")
    if not logger.filters:
        logger.addFilter(OncePerWhile(SystemClock()))
    return logger


def client_config(settings: KafkaSettings, client_id: str) -> Config:
    """Return librdkafka's configuration that producers, consumers and admin clients share.

    Args:
        settings: where Kafka is and how to log in.
        client_id: what the broker's logs and metrics name this process.
    """
    return {
        "bootstrap.servers": settings.bootstrap_servers,
        "client.id": client_id,
        "socket.keepalive.enable": True,
        "socket.connection.setup.timeout.ms": 5_000,
        "reconnect.backoff.ms": 100,
        "reconnect.backoff.max.ms": 2_000,
        "metadata.max.age.ms": 60_000,  # added partitions are seen within a minute
        "log.connection.close": False,  # brokers close idle connections; that is no news
        "enable.metrics.push": False,  # our metrics are scraped; pushing them too costs idle CPU
        "log_level": 4,  # syslog's warning
        "logger": _own_logger(),
    } | login_config(settings.login.renewed())


def login_config(login: PasswordLogin) -> Config:
    """Return how a pod logs in, with TLS where its Secret has a CA."""
    trust = {} if login.ca_path is None else {"ssl.ca.location": login.ca_path}
    return scram_config(login.username, login.password, trust)


def scram_config(username: str, password: str, trust: Config) -> Config:
    """Return how to log in by SCRAM-SHA-512; `trust` names the CA for TLS and is empty for plain connections."""
    return {
        "security.protocol": "SASL_SSL" if trust else "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": username,
        "sasl.password": password,
    } | trust
