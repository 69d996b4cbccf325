"""OpenTelemetry spans, off unless an OTLP endpoint is set. Trace context travels in Kafka headers."""

from collections.abc import Mapping

from opentelemetry import propagate, trace
from opentelemetry.context import Context

TRACER = trace.get_tracer("photoplatform")


def configure_tracing(component: str, otlp_endpoint: str | None) -> None:
    """Export spans to an OTLP endpoint; without one every span costs nothing."""
    if not otlp_endpoint:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": component}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def outgoing_headers() -> dict[str, bytes]:
    """Return the current trace context as message headers."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return {name: value.encode() for name, value in carrier.items()}


def incoming_context(headers: Mapping[str, bytes]) -> Context:
    """Return the trace context that a message carries, for `TRACER.start_as_current_span(context=...)`."""
    return propagate.extract({name: value.decode(errors="replace") for name, value in headers.items()})


def cause(headers: Mapping[str, bytes]) -> trace.Link:
    """Return a link to the span that a message comes from, for a span of many messages."""
    return trace.Link(trace.get_current_span(incoming_context(headers)).get_span_context())
