"""The real `EventPublisher`: one idempotent producer, delivery reports carried back to the event loop.

Opened by the mains of the API and the workers. It does not retry beyond librdkafka's own delivery timeout: callers
of `publish` decide, and what `publish_soon` loses stands in the outbox.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from photo_core.engines.kafka import KafkaSettings
from photo_core.errors import Engine, EngineUnavailable
from photo_core.messages.topics import prefixed
from photo_core.ports.events import OutgoingMessage
from photo_core.streams.client import Config, RenewedLogin, client_config
from photo_core.telemetry.tracing import outgoing_headers

LOG = structlog.get_logger(__name__)
POLL_SECONDS = 0.5  # a delivery report wakes the thread at once; this only bounds how long closing waits
FLUSH_SECONDS = 4.0  # a drain must fit the pod's grace period
DELIVERY_TIMEOUT_MS = 15_000
ACKNOWLEDGED_WITHIN_SECONDS = 20.0  # a producer that broke for good may report nothing
QUEUED_MESSAGES = 20_000
QUEUED_KILOBYTES = 65_536

Report = Callable[[KafkaError | None, Message], None]


def producer_config(settings: KafkaSettings, client_id: str) -> Config:
    """Return the producer's configuration: nothing is acknowledged before every in-sync replica has it."""
    return client_config(settings, client_id) | {
        "acks": "all",
        "enable.idempotence": True,
        "linger.ms": 3,
        "compression.type": "lz4",
        "partitioner": "murmur2_random",  # as the Java clients do, so that other tools find a key's partition
        "message.timeout.ms": DELIVERY_TIMEOUT_MS,
        "queue.buffering.max.messages": QUEUED_MESSAGES,
        "queue.buffering.max.kbytes": QUEUED_KILOBYTES,
    }


class _Acknowledgement:
    """Counts the delivery reports of one `publish`; used from the polling thread, awaited on the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, expected: int) -> None:
        self._loop = loop
        self._missing = expected
        self._failure: KafkaError | None = None
        self.done: asyncio.Future[KafkaError | None] = loop.create_future()

    def report(self, error: KafkaError | None, _message: Message) -> None:
        self._failure = self._failure or error
        self._missing -= 1
        if self._missing == 0:
            _call_soon(self._loop, self._finish)

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(self._failure)


def _call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)


class KafkaEventPublisher:
    """Produces to the platform's topics. Open it with `open_publisher`."""

    def __init__(self, settings: KafkaSettings, client_id: str) -> None:
        self._settings = settings
        self._client_id = client_id
        self._login = RenewedLogin(settings.login)
        self._producer = self._new_producer()
        self._loop = asyncio.get_running_loop()
        self._broken = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="kafka-publisher", daemon=True)
        self._thread.start()

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Return once Kafka has acknowledged every message.

        Raises:
            EngineUnavailable: at least one was not acknowledged; others may have been.
        """
        if not messages:
            return
        acknowledgement = _Acknowledgement(self._loop, len(messages))
        for message in messages:
            self._produce(message, acknowledgement.report)
        try:
            failure = await asyncio.wait_for(acknowledgement.done, ACKNOWLEDGED_WITHIN_SECONDS)
        except TimeoutError as error:
            raise EngineUnavailable(Engine.KAFKA, "no acknowledgement in time") from error
        if failure is not None:
            raise EngineUnavailable(Engine.KAFKA, failure.str())

    def publish_soon(self, message: OutgoingMessage, on_acknowledged: Callable[[], None]) -> None:
        """Queue a message and return at once; dropped when the queue is full or Kafka does not take it."""

        def report(error: KafkaError | None, _message: Message) -> None:
            if error is None:
                _call_soon(self._loop, on_acknowledged)

        try:
            self._produce(message, report)
        except EngineUnavailable as unavailable:
            LOG.warning("left to the outbox relay", topic=message.topic, detail=unavailable.detail)

    async def close(self) -> None:
        """Flush the queue for a limited time, then end the polling thread."""
        await asyncio.to_thread(self._producer.flush, FLUSH_SECONDS)
        self._closing.set()
        await asyncio.to_thread(self._thread.join)

    def _produce(self, message: OutgoingMessage, report: Report) -> None:
        try:
            self._producer.produce(
                prefixed(self._settings.prefix, message.topic),
                key=message.key.encode(),
                value=message.value,
                headers=[*outgoing_headers().items(), *message.headers.items()],
                on_delivery=report,
            )
        except (BufferError, KafkaException) as error:
            raise EngineUnavailable(Engine.KAFKA, str(error)) from error

    def _new_producer(self) -> Producer:
        return Producer(producer_config(self._settings, self._client_id) | {"error_cb": self._on_error})

    def _on_error(self, error: KafkaError) -> None:
        """Notice fatal errors and refused logins; librdkafka logs the others and retries by itself."""
        self._login.note(error)
        if error.fatal():
            LOG.error("kafka producer starts over", detail=error.str())
            self._broken.set()

    def _poll(self) -> None:
        while not self._closing.is_set():
            self._producer.poll(POLL_SECONDS)
            self._login.renew(self._producer)
            if self._broken.is_set():
                self._start_over()

    def _start_over(self) -> None:
        """Replace a producer after a fatal error, which an idempotent one does not survive (lost broker data)."""
        self._broken.clear()
        broken, self._producer = self._producer, self._new_producer()
        broken.flush(POLL_SECONDS)


@asynccontextmanager
async def open_publisher(settings: KafkaSettings, client_id: str) -> AsyncIterator[KafkaEventPublisher]:
    """Open the process's publisher and flush it at the end. Kafka need not answer yet."""
    publisher = KafkaEventPublisher(settings, client_id)
    try:
        yield publisher
    finally:
        await publisher.close()
