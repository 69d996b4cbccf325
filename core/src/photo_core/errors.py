"""The closed list of failures that stores and streams raise and that the edges map once.

The API maps them to problem+json, the consume loop to retry or dead-letter. Nothing else is caught by type.
"""

from enum import StrEnum


class Engine(StrEnum):
    """The engines that a platform uses: `spec.engines.<value>` of the resource.

    Each has a module of its `module_name` in `photo_core.engines` (what pods and operator agree on) and in
    `photo_operator.engines` (its probe). docs/how-to/add-an-engine.md lists the files of a new one.
    """

    KAFKA = "kafka"  # facts on their way to the workers
    REDIS = "redis"  # feed heads; nothing that cannot be rebuilt
    CASSANDRA = "cassandra"  # posts, timelines, media records
    POSTGRES = "postgres"  # accounts and the follow graph
    OBJECT_STORAGE = "objectStorage"  # photographs

    @property
    def module_name(self) -> str:
        """The name of its modules."""
        return self.name.lower()

    @property
    def secret_folder(self) -> str:
        """The folder that its Secret is mounted into, in SECRETS_DIR."""
        return self.name.lower().replace("_", "-")


class PhotoError(Exception):
    """The root of the errors that this code base raises on purpose."""


class EngineUnavailable(PhotoError):
    """An engine did not answer in time or refused; the same call may succeed later.

    Args:
        engine: which one.
        detail: what it said, without credentials.
    """

    def __init__(self, engine: Engine, detail: str) -> None:
        super().__init__(f"{engine}: {detail}")
        self.engine = engine
        self.detail = detail


class Conflict(PhotoError):
    """The fact contradicts one that is already stored (a taken user name); trying again cannot help."""


class Refused(PhotoError):
    """Somebody else's decision stands against it (a follow across a block); trying again cannot help."""


class MintingStopped(PhotoError):
    """No id can be minted: the worker's lease ran out or the clock stepped back. Retry once it is renewed."""


class PermanentFailure(PhotoError):
    """A message can never be handled; it goes to the dead-letter topic with this reason."""
