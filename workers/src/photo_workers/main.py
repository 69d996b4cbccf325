"""The command line of the workers' image: `photo-workers run|list|provision|replay-dead-letters`.

Imports of engines and of the loop stand inside the commands: a worker with a tenth of a core loads what it uses.
"""

import asyncio
from typing import Annotated

import structlog
import typer

from photo_core.errors import PhotoError
from photo_core.messages.topics import SUBSCRIPTIONS, Group, Topic
from photo_core.settings import Source, Variable, process_source
from photo_core.version import print_version
from photo_workers.registry import WORKERS, ConsumerWorker, Worker, by_name

LOG = structlog.get_logger(__name__)
EXIT_MISUSED = 2
app = typer.Typer(
    name="photo-workers",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The background workers of PhotoPlatform."""


@app.command("run")
def run_command(worker: Annotated[str, typer.Argument(help="A name of `photo-workers list`.")]) -> None:
    """Run one worker until SIGTERM."""
    chosen = by_name(worker)
    if chosen is None:
        _refuse(f"no worker is called {worker}; there are {', '.join(known.name for known in WORKERS)}")
    else:
        _run(chosen, _prepared(worker))


@app.command("list")
def list_command() -> None:
    """List the workers with their consumer groups."""
    for worker in WORKERS:
        group = worker.group if isinstance(worker, ConsumerWorker) else "-"
        typer.echo(f"{worker.name}\t{group}")


@app.command("provision")
def provision_command() -> None:
    """Create topics, schemas and buckets in the engines that PHOTO_PROVISION names; idempotent."""
    from photo_core.clock import SystemClock
    from photo_workers.provisioning import provision_all

    failures = asyncio.run(provision_all(_prepared("provision"), SystemClock()))
    for sentence in failures:
        typer.echo(sentence, err=True)
    raise typer.Exit(1 if failures else 0)


@app.command("replay-dead-letters")
def replay_command(
    topic: Annotated[Topic, typer.Option(help="The topic that they were first read from.")],
    group: Annotated[Group, typer.Option(help="The consumer group that gave up on them.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 1_000,
) -> None:
    """Put dead letters back into their group's retry topic."""
    if (topic, group) not in SUBSCRIPTIONS:
        _refuse(f"{group} does not read {topic}; pairs are {', '.join(f'{t}/{g}' for t, g in SUBSCRIPTIONS)}")
    count = asyncio.run(_replay(_prepared("replay-dead-letters"), (topic, group), limit))
    typer.echo(f"put back {count} messages")


def main() -> None:
    """Run the command line; a wrong setting or an engine that is away ends it with one sentence."""
    try:
        app()
    except PhotoError as error:
        _refuse(str(error))


def _refuse(sentence: str) -> None:
    typer.echo(sentence, err=True)
    raise SystemExit(EXIT_MISUSED)


def _prepared(component: str) -> Source:
    from photo_core.telemetry.logs import configure_logs
    from photo_core.telemetry.tracing import configure_tracing

    source = process_source()
    configure_logs(component, source.text(Variable.LOG_LEVEL, "INFO"))
    configure_tracing(component, source.text(Variable.OTLP_ENDPOINT, ""))
    return source


def _run(worker: Worker, source: Source) -> None:
    from photo_workers.running import run_worker

    try:
        asyncio.run(run_worker(worker, source))
    except PhotoError as error:
        LOG.error("stopped", worker=worker.name, reason=str(error))  # noqa: TRY400 - the sentence says it all
        raise SystemExit(1) from error
    except Exception as error:
        LOG.exception("stopped", worker=worker.name)
        raise SystemExit(1) from error


async def _replay(source: Source, subscription: tuple[Topic, Group], limit: int) -> int:
    from photo_core.engines.kafka import kafka_settings
    from photo_core.streams.dead_letters import open_dead_letters
    from photo_core.streams.publisher import open_publisher
    from photo_workers.dead_letters import replay

    settings = kafka_settings(source)
    async with (
        open_publisher(settings, "replay-dead-letters") as publisher,
        open_dead_letters(settings, *subscription) as dead_letters,
    ):
        return await replay(dead_letters, publisher, subscription, limit)
