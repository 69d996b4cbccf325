"""`make mutate`: mutants of the pure cores, and how many of them the unit tests kill.

Called by `python -m hack mutate`. mutmut changes one expression at a time and runs the tests that reach it; what it
changes, and which tests it runs, stands in `[tool.mutmut]` of pyproject.toml. It knows projects with one `src` folder
only, so it works in a copy of the tree in which the packages of all members are in one. A second run asks again only
about functions that have changed. docs/explanation/mutation.md lists the survivors.
"""

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from hack.check import MEMBERS, tracked
from hack.paths import LOCAL, ROOT
from hack.steps import StepError

FOLDER = LOCAL / "mutation"
LEAST_KILLED = 0.85
KILLED = frozenset({"killed", "timeout", "segfault", "suspicious", "caught by type check"})
# Each pure core, and how the names of its mutants begin.
CORES = {
    "feed merge": "photo_core.domain.feed.",
    "visibility": "photo_core.domain.visibility.",
    "scaler": "photo_operator.scaling.",
    "runbook machine": "photo_operator.runbooks.",
}
_RESULT = re.compile(r"^\s*(photo_[\w.ǁ]+__mutmut_\d+): (.+)$", re.MULTILINE)


class Score(Struct, frozen=True):
    """How the tests did against the mutants of one core."""

    core: str
    mutants: int
    killed: int
    survivors: tuple[str, ...]

    @property
    def share(self) -> float:
        """Return the killed part of the mutants."""
        return self.killed / self.mutants if self.mutants else 0.0

    @property
    def text(self) -> str:
        """The score, for people."""
        return f"{self.core}: {self.killed} of {self.mutants} mutants killed ({self.share:.1%})"


def mutate() -> None:
    """Count the mutants of the pure cores that the tests kill; fail below 85 % of any."""
    copy_tree(tracked("*"), FOLDER)
    program = [str(Path(sys.executable).parent / "mutmut")]
    subprocess.run([*program, "run", "--max-children", "2"], cwd=FOLDER, check=True)
    listed = subprocess.run(
        [*program, "results", "--all", "true"], cwd=FOLDER, check=True, capture_output=True, text=True
    )
    scores = build_scores(listed.stdout)
    for score in scores:
        print("\n".join([score.text, *(f"  {survivor}" for survivor in score.survivors)]))
    if low := [score.core for score in scores if score.share < LEAST_KILLED]:
        raise StepError("mutation testing", f"less than {LEAST_KILLED:.0%} killed: {', '.join(low)}")


def build_scores(listed: str) -> list[Score]:
    """Return the score of each core from what `mutmut results` lists."""
    results = _RESULT.findall(listed)
    return [_build_score(core, {name: end for name, end in results if name.startswith(CORES[core])}) for core in CORES]


def _build_score(core: str, results: dict[str, str]) -> Score:
    ends = Counter(end in KILLED for end in results.values())
    survivors = (f"{name}: {end}" for name, end in results.items() if end not in KILLED)
    return Score(core, len(results), ends[True], tuple(sorted(survivors)))


def place_in_copy(file: str) -> str:
    """Return the place of a file in the copy, in which all packages are in one `src`."""
    member, _, rest = file.partition("/src/")
    return f"src/{rest}" if member in MEMBERS and rest else file


def copy_tree(files: Iterable[str], folder: Path) -> None:
    """Copy files of the tree that have changed, and remove what is no longer there."""
    places = {place_in_copy(file): ROOT / file for file in files if (ROOT / file).is_file()}
    stale = [path for top in ("src", "tests") for path in (folder / top).rglob("*.py")]
    for path in stale:
        if str(path.relative_to(folder)) not in places:
            path.unlink()
    for place, source in places.items():
        target = folder / place
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
