"""Exit codes and the one error that a command ends with. Raised by everything in `cli`, printed by `group`."""

from enum import IntEnum

from photo_core.errors import PhotoError


class ExitCode(IntEnum):
    """What a script can go by."""

    HEALTHY = 0  # the platform is well, or what was asked is done
    UNHEALTHY = 1  # the platform is not well, a replay differs, a file is malformed
    USAGE = 2  # no such platform, execution or option
    UNREACHABLE = 3  # no kubeconfig, no answer, no rights, no CRDs


class CliError(PhotoError):
    """A command cannot go on; the message is a sentence with the next step."""

    def __init__(self, code: ExitCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def usage(message: str) -> CliError:
    """Return the error of a wrong name."""
    return CliError(ExitCode.USAGE, message)


def unreachable(message: str) -> CliError:
    """Return the error of a cluster that does not answer as it should."""
    return CliError(ExitCode.UNREACHABLE, message)
