"""Mounted secrets: files that the kubelet replaces while processes run. Read by `photo_core.settings` alone."""

from pathlib import Path

from photo_core.errors import PhotoError


class InvalidSettings(PhotoError):
    """A variable or a secret file is missing or malformed; the message names it."""


class Mounted:
    """One version of a mounted secret: the kubelet replaces all keys at once, by a link to another folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        link = folder / "..data"
        self._version = link.resolve() if link.exists() else folder

    def key(self, name: str) -> str:
        """Return one key.

        Raises:
            InvalidSettings: the file is not there.
        """
        try:
            return (self._version / name).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidSettings(f"the secret for {self._folder.name} lacks the key {name}") from error

    def lines(self, name: str) -> tuple[str, ...]:
        """Return the lines of a key that need not be there."""
        return tuple(self.key(name).split()) if (self._version / name).exists() else ()

    @property
    def ca_path(self) -> str | None:
        """The path of the CA certificate, the same for every version, or None without one."""
        path = self._folder / "ca.crt"
        return str(path) if path.exists() else None
