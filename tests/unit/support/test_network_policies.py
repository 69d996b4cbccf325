from typing import Any

import pytest

from photo_core.errors import Engine
from photo_operator.components.catalog import DEPLOYED
from photo_operator.crds.platform import decode_platform
from photo_operator.desired.networking import build_network_policies, engine_ports
from tests.support.conntrack import Connection, parse
from tests.support.network_policies import Flow, Peer, Policy, allows, selects

API = Peer("10.244.0.2", "photos", (("app", "api"),), (("name", "photos"),))
STRANGER = Peer("10.244.0.9", "other", (("app", "x"),), (("name", "other"),))
OUTSIDE = Peer("192.0.2.1")


def _policy(direction: str, *rules: dict[str, Any], selector: dict[str, Any] | None = None) -> Policy:
    spec = {"podSelector": selector or {"matchLabels": {"app": "api"}}, "policyTypes": [direction]}
    return {"metadata": {"namespace": "photos"}, "spec": spec | {direction.lower(): list(rules)}}


def _flow(source: Peer, destination: Peer, port: int = 80, protocol: str = "TCP") -> Flow:
    return Flow(source, destination, protocol, port)


TCP_80 = {"ports": [{"protocol": "TCP", "port": 80}]}


@pytest.mark.parametrize(
    ("policies", "flow", "allowed"),
    [
        pytest.param([], _flow(API, STRANGER), True, id="no policy"),
        pytest.param([_policy("Egress")], _flow(API, STRANGER), False, id="egress that allows nothing"),
        pytest.param([_policy("Egress")], _flow(STRANGER, API), True, id="egress is about the source"),
        pytest.param([_policy("Ingress")], _flow(STRANGER, API), False, id="ingress that allows nothing"),
        pytest.param([_policy("Egress", {})], _flow(API, OUTSIDE), True, id="egress that allows everything"),
        pytest.param([_policy("Egress", TCP_80)], _flow(API, OUTSIDE), True, id="an allowed port"),
        pytest.param([_policy("Egress", TCP_80)], _flow(API, OUTSIDE, 81), False, id="another port"),
        pytest.param([_policy("Egress", TCP_80)], _flow(API, OUTSIDE, 80, "UDP"), False, id="another protocol"),
        pytest.param(
            [_policy("Egress"), _policy("Egress", TCP_80)],
            _flow(API, OUTSIDE),
            True,
            id="two policies allow what either allows",
        ),
        pytest.param(
            [_policy("Egress", {"ports": [{"port": 80, "endPort": 90}]})],
            _flow(API, OUTSIDE, 85),
            True,
            id="a range of ports",
        ),
        pytest.param(
            [_policy("Ingress", {"from": [{"podSelector": {}}]})],
            _flow(STRANGER, API),
            False,
            id="a pod of another namespace",
        ),
        pytest.param(
            [_policy("Ingress", {"from": [{"namespaceSelector": {}}]})], _flow(STRANGER, API), True, id="any namespace"
        ),
        pytest.param(
            [_policy("Ingress", {"from": [{"namespaceSelector": {}}]})], _flow(OUTSIDE, API), False, id="no pod"
        ),
        pytest.param(
            [_policy("Ingress", {"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "y"}}}]})],
            _flow(STRANGER, API),
            False,
            id="a pod with other labels",
        ),
        pytest.param(
            [_policy("Ingress", {"from": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]})],
            _flow(OUTSIDE, API),
            True,
            id="an address block",
        ),
        pytest.param(
            [_policy("Ingress", {"from": [{"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.1/32"]}}]})],
            _flow(OUTSIDE, API),
            False,
            id="an exception of an address block",
        ),
        pytest.param(
            [_policy("Egress", selector={"matchLabels": {"app": "other"}})],
            _flow(API, OUTSIDE),
            True,
            id="a policy about other pods",
        ),
    ],
)
def test_policies(policies: list[Policy], flow: Flow, allowed: bool) -> None:  # noqa: FBT001 - a row of the table
    assert allows(policies, flow) is allowed


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"key": "app", "operator": "In", "values": ["api"]}, True),
        ({"key": "app", "operator": "NotIn", "values": ["api"]}, False),
        ({"key": "app", "operator": "Exists"}, True),
        ({"key": "app", "operator": "DoesNotExist"}, False),
    ],
)
def test_expressions(rule: dict[str, Any], fits: bool) -> None:  # noqa: FBT001 - a row of the table
    assert selects({"matchExpressions": [rule]}, API.labels) is fits


TCP = "ipv4 2 tcp 6 86388 ESTABLISHED src=10.244.0.5 dst=10.96.0.7 sport=40000 dport=443 "
BEHIND = "src=10.89.0.1 dst=10.244.0.5 sport=6443 dport=40000 [ASSURED] mark=0 zone=0 use=2"
ANSWER = "ipv4 2 tcp 6 9 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=6379 dport=45000 "


def test_a_line_of_the_table_names_who_asked_whom_and_who_answers() -> None:
    assert parse(TCP + BEHIND) == Connection("TCP", "10.244.0.5", ("10.96.0.7", 443), ("10.89.0.1", 6443))


def test_what_has_no_ports_or_is_an_answer_is_left_out() -> None:
    assert parse("ipv4 2 icmp 1 29 src=1.1.1.1 dst=2.2.2.2 type=8 code=0 id=1 src=2.2.2.2 dst=1.1.1.1") is None
    assert parse(ANSWER + "src=10.0.0.2 dst=10.0.0.1 sport=45000 dport=6379") is None


def test_a_component_reaches_its_engines_and_no_other(sample: dict[str, Any]) -> None:
    platform = decode_platform(sample)
    policies = build_network_policies(platform, engine_ports(platform))
    for spec in DEPLOYED:
        labels = (("app.kubernetes.io/component", spec.component.value), ("app.kubernetes.io/instance", "demo"))
        pod = Peer("10.244.0.2", "photos", (("app.kubernetes.io/name", "photoplatform"), *labels))
        for engine, ports in engine_ports(platform).items():
            reached = {allows(policies, _flow(pod, OUTSIDE, port)) for port in ports}
            assert reached == {engine in spec.engines}, (spec.component, engine)
        assert not allows(policies, _flow(pod, OUTSIDE, 22))
    assert set(engine_ports(platform)) == set(Engine)
