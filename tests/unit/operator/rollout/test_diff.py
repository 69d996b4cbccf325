from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_operator.rollout.diff import differences

SCALARS = st.one_of(st.booleans(), st.integers(), st.text(max_size=5).filter(bool))
MANIFESTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=4),
    ),
    max_leaves=20,
)
OBJECTS = st.dictionaries(st.text(min_size=1, max_size=5), MANIFESTS, max_size=4)


def _paths(desired: dict[str, Any], live: dict[str, Any]) -> list[str]:
    return [found.path for found in differences(desired, live)]


@given(OBJECTS)
def test_an_object_does_not_differ_from_itself(manifest: dict[str, Any]) -> None:
    assert differences(manifest, manifest) == ()


@given(OBJECTS, st.text(min_size=6, max_size=8), SCALARS)
def test_what_others_add_is_no_difference(manifest: dict[str, Any], key: str, value: object) -> None:
    assert differences(manifest, manifest | {key: value}) == ()


@given(OBJECTS, st.text(min_size=6, max_size=8), SCALARS)
def test_what_is_missing_is_found(manifest: dict[str, Any], key: str, value: object) -> None:
    assert _paths(manifest | {key: value}, manifest) == [key]


@pytest.mark.parametrize(
    ("desired", "live", "paths"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ["a.b"]),
        ({"a": {"b": 1}}, {"a": None}, ["a"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["a.0", "a.1"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a"]),
        ({"env": [{"name": "A", "value": "1"}]}, {"env": [{"name": "B"}, {"name": "A", "value": "1"}]}, []),
        ({"env": [{"name": "A", "value": "1"}]}, {"env": [{"name": "A", "value": "2"}]}, ["env.A.value"]),
        ({"env": [{"name": "A", "value": ""}]}, {"env": [{"name": "A"}]}, []),
        ({"emptyDir": {}}, {}, []),
        ({"selector": {"app": "a"}}, {"selector": {"app": "a", "tier": "b"}}, ["selector.tier"]),
        (
            {"podSelector": {"matchLabels": {"app": "a"}}},
            {"podSelector": {"matchLabels": {"app": "a", "tier": "b"}, "matchExpressions": []}},
            ["podSelector.matchExpressions", "podSelector.matchLabels.tier"],
        ),
        ({"limits": {"cpu": "0.1", "memory": "1Gi"}}, {"limits": {"cpu": "100m", "memory": "1024Mi"}}, []),
        ({"limits": {"cpu": "0.1"}}, {"limits": {"cpu": "200m"}}, ["limits.cpu"]),
    ],
)
def test_differences_name_where(desired: dict[str, Any], live: dict[str, Any], paths: list[str]) -> None:
    assert _paths(desired, live) == paths
