"""Secrets mounted as the kubelet does: a folder a version, and a link to it that is replaced as a whole."""

from pathlib import Path


class MountedSecrets:
    """The folder that a process reads its secrets from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mount(self, secret: str, **keys: str) -> None:
        """Mount another version of a secret."""
        place = self.folder / secret
        version = place / f"..version-{len(list(place.glob('..version-*')))}"
        version.mkdir(parents=True)
        for name, value in keys.items():
            (version / name).write_text(value)
        (place / "..new").symlink_to(version.name)
        (place / "..new").rename(place / "..data")
        for name in keys:
            (place / name).unlink(missing_ok=True)
            (place / name).symlink_to(Path("..data", name))
