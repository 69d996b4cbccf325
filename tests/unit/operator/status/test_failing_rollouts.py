from photo_operator.components.catalog import Component
from photo_operator.observe.pods import PodFacts
from photo_operator.observe.workloads import Rollout
from photo_operator.status.conditions import failing_rollouts

ROLLING = Rollout(exists=True, wanted=2, current=3, available=2)
PULLING = "ErrImagePull: not found"


def _pod(trouble: str, component: Component = Component.API, *, ready: bool = False) -> PodFacts:
    return PodFacts(name="p", component=component, address=None, host=None, ready=ready, trouble=trouble)


def test_the_pods_own_reason_is_told_and_who_serves_meanwhile() -> None:
    told = failing_rollouts({Component.API: ROLLING}, [_pod(PULLING)])
    assert told == (f"api: {PULLING}; 2 pods of the former version serve",)


def test_a_rollout_that_goes_on_is_no_hindrance() -> None:
    assert failing_rollouts({Component.API: ROLLING}, [_pod("")]) == ()
    assert failing_rollouts({Component.API: ROLLING}, [_pod("Error: once", ready=True)]) == ()
    assert failing_rollouts({Component.API: ROLLING}, [_pod(PULLING, Component.PURGE)]) == ()


def test_what_is_rolled_out_is_no_hindrance_whatever_ails_it() -> None:
    rolled = Rollout(exists=True, wanted=2, current=2, available=1, rolled=True)
    assert failing_rollouts({Component.API: rolled}, [_pod("OOMKilled")]) == ()


def test_a_deployment_that_gave_up_without_a_word_of_its_pods_is_told() -> None:
    stalled = Rollout(exists=True, available=1, stalled="has timed out progressing")
    assert "timed out" in failing_rollouts({Component.PURGE: stalled}, [])[0]
