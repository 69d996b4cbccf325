"""Produces the S3 store's bucket events to Kafka, unchanged, with the object key as message key.

Runs in the pod of the store and serves its webhook. It answers 2xx only after Kafka has acknowledged the event. If
Kafka is unavailable, the client keeps the event and retries until its timeout, so a short outage loses nothing.
"""  # noqa: INP001 - a script mounted into a pod, not a package

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from confluent_kafka import KafkaError, KafkaException, Producer

_CREDENTIALS = Path("/etc/kafka-credentials")
_KAFKA_CA = Path("/etc/kafka-trust/ca.crt")
_ANSWER_SECONDS = 30

log = logging.getLogger("events")


def security() -> dict[str, str]:
    """Return the security settings of the connection: TLS if the chart mounts a CA."""
    if not _KAFKA_CA.exists():
        return {"security.protocol": "SASL_PLAINTEXT"}
    return {"security.protocol": "SASL_SSL", "ssl.ca.location": str(_KAFKA_CA)}


def build_producer(bootstrap_servers: str) -> Producer:
    """Build a producer that neither loses nor repeats an event while it lives."""
    return Producer(
        {
            "bootstrap.servers": bootstrap_servers,
            **security(),
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": (_CREDENTIALS / "username").read_text().strip(),
            "sasl.password": (_CREDENTIALS / "password").read_text().strip(),
            "enable.idempotence": True,
            "acks": "all",
            "message.timeout.ms": 600_000,
            "reconnect.backoff.max.ms": 1_000,
            "log_level": 3,
        }
    )


def keys_of(body: bytes) -> list[str]:
    """Return the object keys of an event; the test event of the store has none."""
    records = json.loads(body).get("Records") or []
    return [str(record["s3"]["object"]["key"]) for record in records]


class Delivery:
    """Puts one event into the topic and waits for the broker's answer."""

    def __init__(self, producer: Producer, topic: str) -> None:
        self._producer = producer
        self._topic = topic

    def deliver(self, key: str, body: bytes) -> bool:
        """Produce one event; return whether the broker confirmed it in time."""
        answered = threading.Event()
        errors: list[KafkaError] = []

        def on_delivery(error: KafkaError | None, _message: object) -> None:
            if error is not None:
                log.error("event of %s not delivered: %s", key, error)
                errors.append(error)
            answered.set()

        try:
            self._producer.produce(self._topic, value=body, key=key.encode(), on_delivery=on_delivery)
        except (KafkaException, BufferError) as error:
            log.error("event of %s refused: %s", key, error)  # noqa: TRY400 - the reason is enough
            return False
        return answered.wait(_ANSWER_SECONDS) and not errors


def build_handler(delivery: Delivery) -> type[BaseHTTPRequestHandler]:
    """Build the webhook's handler around `delivery`."""

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            delivered = all(delivery.deliver(key, body) for key in keys_of(body))
            self.send_response(204 if delivered else 503)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Log no successful requests."""

    return Webhook


def poll_forever(producer: Producer) -> None:
    """Handle delivery reports in a separate thread, so that requests can wait for them."""
    while True:
        producer.poll(1.0)


def main() -> None:
    """Serve the webhook until SIGTERM, then flush the queued events to Kafka."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--topic", required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stdout)
    producer = build_producer(arguments.bootstrap_servers)
    threading.Thread(target=poll_forever, args=(producer,), daemon=True).start()
    server = ThreadingHTTPServer(("0.0.0.0", 8070), build_handler(Delivery(producer, arguments.topic)))  # noqa: S104
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    producer.flush(5)


if __name__ == "__main__":
    main()
