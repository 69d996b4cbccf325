"""The root command: shared options are accepted in any position, and errors are printed as one sentence.

kubectl passes everything after the plugin's name on, and people write `-n photos` last.
"""

from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup

from photo_operator.cli.errors import CliError

SHARED = ("--namespace", "-n", "--context", "--kubeconfig", "--output", "-o")
STOP = "--"


def hoist(words: list[str]) -> list[str]:
    """Return the arguments with the shared options first."""
    shared: list[str] = []
    rest: list[str] = []
    iterator = iter(words)
    for word in iterator:
        if word == STOP:
            rest += [word, *iterator]
        elif word in SHARED:
            shared += [word, *_next(iterator)]
        elif _is_joined(word):
            shared.append(word)
        else:
            rest.append(word)
    return shared + rest


def _next(words: Iterator[str]) -> list[str]:
    found = next(words, None)
    return [] if found is None else [found]


def _is_joined(word: str) -> bool:
    """Return whether option and value are one argument: --namespace=photos, -nphotos."""
    return any(word.startswith(f"{name}=" if name.startswith("--") else name) for name in SHARED)


class SharedOptionsGroup(TyperGroup):
    """A command group whose options are also accepted after its commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse with the shared options first."""
        return super().parse_args(ctx, hoist(args))

    def invoke(self, ctx: Any) -> Any:
        """Run a command; print its error, if any."""
        try:
            return super().invoke(ctx)
        except CliError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(error.code) from error
