"""Whatever is seen, in whatever order: single changes, nothing in force at the end, and the same when replayed."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from photo_operator.crds.execution import (
    DecisionView,
    Execution,
    ExecutionSpec,
    ExecutionStatus,
    ExecutionTrigger,
    Judgement,
    Phase,
    TriggerSource,
    Verdict,
)
from photo_operator.crds.platform import Metadata, RemediationMode
from photo_operator.crds.runbook import Runbook
from photo_operator.runbooks.execution import advance
from photo_operator.runbooks.journal import ACTING, ENDED, PENDING, last_of_steps, pending, planned_in_force
from photo_operator.runbooks.loader import load_runbooks
from photo_operator.runbooks.matching import conditions_of, key_of
from photo_operator.runbooks.replay import replay
from tests.support.runbook_world import NAMESPACE, ROOT, met

RUNBOOKS = load_runbooks(ROOT / "runbooks")
# mostly what lets an execution go on, or few would come far
USUALLY = {"settled": True, "stop": "", "waits_for": "", "verdict": Verdict(), "mode": RemediationMode.AUTOMATIC}
SELDOM: dict[str, st.SearchStrategy[object]] = {
    "settled": st.just(False),
    "stop": st.just("the remediation mode is Off"),
    "waits_for": st.just("the Lease of FeedCache"),
    "verdict": st.sampled_from([Verdict(Judgement.BLOCKED, "why"), Verdict(Judgement.APPROVAL, "who")]),
    "mode": st.sampled_from([RemediationMode.DRY_RUN, RemediationMode.APPROVAL]),
    "ineffective": st.integers(0, 3),
}


@st.composite
def views(draw: st.DrawFn, runbook: Runbook) -> tuple[int, DecisionView]:
    """Return how many seconds later, and what is seen then."""
    odd = draw(st.sampled_from([None, None, None, *SELDOM]))
    seen = USUALLY | ({odd: draw(SELDOM[odd])} if odd else {})
    conditions = conditions_of(runbook)
    held = draw(st.sets(st.sampled_from(conditions)))
    readings = {found.signal: met(found) if found in held else _unmet(found) for found in conditions}
    well = {found.signal: met(found) for found in runbook.recovery.when} if draw(st.booleans()) else {}
    timed = tuple(key_of(found) for found in conditions if found.for_seconds)
    return draw(st.integers(0, 90)), DecisionView("", readings=readings | well, held=timed, **seen)  # type: ignore[arg-type]


def _unmet(condition: object) -> float:
    return -1.0 if getattr(condition, "above", None) is not None else 1e9


@settings(max_examples=60)
@given(alert=st.sampled_from(sorted(RUNBOOKS)), data=st.data())
def test_any_history_keeps_the_rules(alert: str, data: st.DataObject) -> None:
    runbook = RUNBOOKS[alert]
    spec = ExecutionSpec("demo", alert, ExecutionTrigger(TriggerSource.PROBE, "f"))
    execution, second = Execution(Metadata("demo-1", NAMESPACE, "uid"), spec, ExecutionStatus()), 0
    for number, (later, drawn) in enumerate(data.draw(st.lists(views(runbook), min_size=20, max_size=60))):
        second += later
        view = msgspec.structs.replace(drawn, now=_time(second), offered=runbook if number == 0 else None)
        before, after = execution.status, advance(execution, view)
        _check_change(before, after)
        execution = msgspec.structs.replace(execution, status=after)
    assert replay(msgspec.to_builtins(execution)) == ()


def _check_change(before: ExecutionStatus, after: ExecutionStatus) -> None:
    assert (after == before) == (len(after.journal) == len(before.journal)), "each change is written down"
    assert after.journal[: len(before.journal)] == before.journal
    assert len(after.journal) <= len(before.journal) + 1
    unseen = [entry for entry in last_of_steps(after.journal).values() if entry.kind in PENDING]
    assert len(unseen) <= 1, "the next change waits for the one before"
    if after.phase not in ACTING:
        assert planned_in_force(after) == ()
        assert pending(after) is None
    if after.phase is Phase.SUCCEEDED:
        assert after.outcome is None
    assert (after.ended_at is not None) == (after.phase in ENDED)


def _time(second: int) -> str:
    return f"2026-01-01T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"
