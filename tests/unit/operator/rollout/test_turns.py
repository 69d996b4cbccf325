from hypothesis import given
from hypothesis import strategies as st

from photo_operator.cluster.kinds import Kind
from photo_operator.components.catalog import DEPLOYED, Component
from photo_operator.observe.workloads import Rollout
from photo_operator.rollout.changes import Change, Verb
from photo_operator.rollout.turns import ORDER, take_turns

WELL, BROKEN = Rollout(exists=True, available=1, rolled=True), Rollout(exists=True, available=1)
ALL_WELL = dict.fromkeys(ORDER, WELL)
VERSION = "metadata.annotations.photoplatform.io/version"


def _change(component: Component, *paths: str, verb: Verb = Verb.RESTORE) -> Change:
    return Change(verb, Kind.DEPLOYMENT, f"demo-{component}", {}, paths)


def _new(*components: Component) -> list[Change]:
    return [_change(component, VERSION, "spec.template") for component in components]


def _taken(changes: list[Change], rollouts: dict[Component, Rollout]) -> set[str]:
    return {change.name for change in take_turns(changes, rollouts, "demo").changes}


def test_every_component_has_its_turn_and_the_api_the_last() -> None:
    assert set(ORDER) == {spec.component for spec in DEPLOYED}
    assert len(ORDER) == len(set(ORDER))
    assert ORDER[-1] is Component.API


def test_who_takes_messages_goes_before_who_makes_them() -> None:
    pairs = [
        (Component.FANOUT, Component.FANOUT_PLANNER),
        (Component.IMAGE_ENCODE, Component.MEDIA_INGEST),
        (Component.FANOUT_PLANNER, Component.OUTBOX_RELAY),
        (Component.PURGE, Component.OUTBOX_RELAY),
    ]
    assert [pair for pair in pairs if ORDER.index(pair[0]) > ORDER.index(pair[1])] == []


def test_a_new_version_goes_to_one_and_the_rest_wait() -> None:
    turn = take_turns(_new(*reversed(ORDER)), ALL_WELL, "demo")
    assert [change.name for change in turn.changes] == [f"demo-{ORDER[0]}"]
    assert turn.waiting == ORDER[1:]


def test_nobody_follows_one_that_is_not_well() -> None:
    assert _taken(_new(*ORDER[1:]), ALL_WELL | {ORDER[0]: BROKEN}) == set()


def test_the_former_version_goes_to_the_broken_one_at_once() -> None:
    broken = ORDER[3]
    assert _taken(_new(broken), ALL_WELL | {broken: BROKEN}) == {f"demo-{broken}"}
    assert _taken(_new(ORDER[0], broken), ALL_WELL | {broken: BROKEN}) == {f"demo-{broken}"}


def test_what_is_no_new_version_waits_for_nobody() -> None:
    rollouts = ALL_WELL | {ORDER[0]: BROKEN}
    drift = _change(Component.API, "spec.template.spec.containers.api.image")
    created = _change(Component.API, verb=Verb.CREATE)
    other = Change(Verb.RESTORE, Kind.SERVICE, "demo-api", {}, (VERSION,))
    for change in (drift, created, other):
        assert take_turns([change], rollouts, "demo").changes == (change,)


@given(st.sets(st.sampled_from(ORDER)), st.sets(st.sampled_from(ORDER)))
def test_at_most_one_is_on_its_way_and_somebody_always_is(due: set[Component], broken: set[Component]) -> None:
    rollouts = ALL_WELL | dict.fromkeys(broken, BROKEN)
    turn = take_turns(_new(*due), rollouts, "demo")
    assert len(turn.changes) <= 1
    assert len(turn.changes) + len(turn.waiting) == len(due)
    if due and not turn.changes:
        assert broken - due, "somebody is waited for"


@given(st.sets(st.sampled_from(ORDER), min_size=1))
def test_turns_end_where_each_becomes_well(due: set[Component]) -> None:
    left = set(due)
    for _ in range(len(due)):
        taken = _taken(_new(*left), dict(ALL_WELL))
        left -= {component for component in left if f"demo-{component}" in taken}
    assert left == set()
