"""Exit codes and the one error that a command ends with. Raised by everything in `cli`, printed by `group`."""

from enum import IntEnum

from photo_core.errors import PhotoError


class ExitCode(IntEnum):
    """The exit codes, for scripts."""

    HEALTHY = 0  # the platform is healthy, or the command succeeded
    UNHEALTHY = 1  # the platform is not healthy, a replay differs, or a file is malformed
    USAGE = 2  # no such platform, execution or option
    UNREACHABLE = 3  # no kubeconfig, no answer, no rights, no CRDs


class CliError(PhotoError):
    """A command fails; the message says why and what to do next."""

    def __init__(self, code: ExitCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def usage(message: str) -> CliError:
    """Return the error of a wrong name."""
    return CliError(ExitCode.USAGE, message)


def unreachable(message: str) -> CliError:
    """Return the error of a cluster that does not answer or grants no access."""
    return CliError(ExitCode.UNREACHABLE, message)
