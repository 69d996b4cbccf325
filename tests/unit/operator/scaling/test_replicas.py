import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_operator.components.catalog import Component
from photo_operator.crds.platform import Replicas
from photo_operator.scaling.replicas import Counted, count

OPERATOR, SCALER = "photoplatform-operator", "photoplatform-operator-scaler"
HPA, PERSON = "kube-controller-manager", "kubectl"
BOUNDS = Replicas(2, 4)


@pytest.mark.parametrize(
    ("owners", "counted"),
    [
        pytest.param((), Counted(Component.PURGE, 1, 2, claimed=True), id="nobody owns the number"),
        pytest.param((OPERATOR,), Counted(Component.PURGE, 3, 3, claimed=True), id="a former version applied it"),
        pytest.param(
            (OPERATOR,),
            Counted(Component.PURGE, 9, 4, claimed=True),
            id="a former version applied more than the maximum",
        ),
        pytest.param((SCALER,), Counted(Component.PURGE, 3, 2), id="the scaler's"),
        pytest.param((OPERATOR, SCALER), Counted(Component.PURGE, 3, 2), id="the scaler's, applied before"),
        pytest.param((PERSON,), Counted(Component.PURGE, 9, 9, foreign=PERSON), id="a person's"),
        pytest.param((PERSON,), Counted(Component.PURGE, 0, 2), id="a person's 0"),
        pytest.param((HPA,), Counted(Component.PURGE, 3, 3, foreign=HPA), id="an autoscaler's"),
        pytest.param((), Counted(Component.API, 1, 2, claimed=True), id="nobody owns the number of the API"),
        pytest.param((HPA,), Counted(Component.API, 4, 4), id="an autoscaler's, of the API"),
        pytest.param((PERSON,), Counted(Component.API, 4, 4), id="a person's, of the API: the autoscaler answers"),
        pytest.param((PERSON,), Counted(Component.API, 0, 2), id="a person's 0, of the API: the autoscaler is off"),
    ],
)
def test_numbers(owners: tuple[str, ...], counted: Counted) -> None:
    assert count(counted.component, counted.current, owners, BOUNDS) == counted


@given(
    st.sampled_from([Component.API, Component.PURGE]),
    st.integers(1, 20),
    st.sets(st.sampled_from([OPERATOR, SCALER, HPA, PERSON])).map(tuple),
)
def test_what_was_written_is_not_written_again(component: Component, current: int, owners: tuple[str, ...]) -> None:
    first = count(component, current, owners, BOUNDS)
    after = (*owners, SCALER) if first.claimed else owners
    second = count(component, first.wanted, after, BOUNDS)
    assert not second.claimed
    assert count(component, second.wanted, after, BOUNDS).wanted == second.wanted
