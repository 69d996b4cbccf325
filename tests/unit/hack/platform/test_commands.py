from pathlib import Path

from hack.platform.commands import COMMANDS, link_commands


def test_commands_are_linked_once_and_follow_another_environment(tmp_path: Path) -> None:
    tools, former, now = (tmp_path / name for name in ("tools", "former", "now"))
    tools.mkdir()
    link_commands(tools, former)
    link_commands(tools, now)
    link_commands(tools, now)
    assert {path.name: path.readlink() for path in tools.iterdir()} == {name: now / name for name in COMMANDS}


def test_every_command_that_is_linked_is_installed_with_the_operator() -> None:
    scripts = (Path(__file__).parents[4] / "operator/pyproject.toml").read_text()
    assert [name for name in COMMANDS if f"{name}" not in scripts] == []
