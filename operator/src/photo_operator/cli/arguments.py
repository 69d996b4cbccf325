"""Arguments and options that several commands share."""

from typing import Annotated

import typer

from photo_operator.cli.completion import complete_alert, complete_execution, complete_platform, complete_worker
from photo_operator.cli.lookups import SCALED_BY_NAME

PlatformName = Annotated[
    str | None,
    typer.Argument(metavar="PLATFORM", help="Default: the only PhotoPlatform.", autocompletion=complete_platform),
]
WorkerName = Annotated[
    str | None,
    typer.Argument(
        metavar="WORKER", help=f"One of {', '.join(SCALED_BY_NAME)}; default: all.", autocompletion=complete_worker
    ),
]
ExecutionName = Annotated[
    str,
    typer.Argument(metavar="EXECUTION", help="Name of a RunbookExecution.", autocompletion=complete_execution),
]
Alert = Annotated[
    str,
    typer.Argument(metavar="RUNBOOK", help="Alert of the runbook, see `runbooks`.", autocompletion=complete_alert),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
