from datetime import UTC, datetime, timedelta

from kubernetes import client

from tests.support.conntrack import Connection, parse
from tests.support.network_policies import Flow, Peer, Policy, allows
from tests.support.traffic import AddressOwner, attribute, build_owners, update_owners

NOW = 1_000_000.0
REDIS_ADDRESS, API_ADDRESS = "10.244.0.7", "10.244.0.8"
NAMESPACES = {"photos": {"name": "photos"}, "engines": {"name": "engines"}}


def _peer(address: str, component: str) -> Peer:
    return Peer(address, "photos", (("app.kubernetes.io/component", component),))


REDIS = AddressOwner(_peer(REDIS_ADDRESS, "redis"), since=NOW - 3_600, until=NOW - 600)
PROVISION = AddressOwner(_peer(REDIS_ADDRESS, "provision"), since=NOW - 500)
API = AddressOwner(_peer(API_ADDRESS, "api"), since=NOW - 3_600)


def _connection(age_seconds: int | None, source: str = API_ADDRESS, port: int = 16379) -> Connection:
    to = (REDIS_ADDRESS, port)
    return Connection("TCP", source, to, to, age_seconds)


def _destination(connection: Connection, *owners: AddressOwner) -> Peer | None:
    seen = attribute(connection, owners, NOW)
    return seen.answering.destination if seen else None


def test_a_connection_older_than_the_pod_that_has_the_address_now_belongs_to_the_pod_before() -> None:
    assert _destination(_connection(age_seconds=900), REDIS, PROVISION, API) == REDIS.peer


def test_a_connection_opened_since_belongs_to_the_pod_that_has_the_address_now() -> None:
    assert _destination(_connection(age_seconds=100), REDIS, PROVISION, API) == PROVISION.peer


def test_the_younger_pod_has_the_address_while_rounding_lets_both_have_it() -> None:
    prompt = AddressOwner(PROVISION.peer, since=NOW - 599)
    assert _destination(_connection(age_seconds=599), REDIS, prompt, API) == PROVISION.peer
    assert _destination(_connection(age_seconds=599), prompt, REDIS, API) == PROVISION.peer


def test_a_connection_older_than_every_known_pod_at_its_address_is_left_out() -> None:
    assert attribute(_connection(age_seconds=900), [PROVISION, API], NOW) is None
    assert attribute(_connection(age_seconds=7_200), [REDIS, API], NOW) is None


def test_a_connection_from_a_pod_that_was_never_seen_is_left_out() -> None:
    assert attribute(_connection(age_seconds=100, source="10.244.0.99"), [PROVISION, API], NOW) is None


def test_a_connection_of_unknown_age_is_left_out() -> None:
    assert attribute(_connection(age_seconds=None), [REDIS, PROVISION, API], NOW) is None


def test_the_node_a_service_and_the_outside_are_ends_without_being_pods() -> None:
    through_service = Connection("TCP", "10.244.0.1", ("10.96.0.7", 443), (API_ADDRESS, 8000), 5)
    seen = attribute(through_service, [API], NOW)
    assert seen is not None
    assert seen.asked == Flow(Peer("10.244.0.1"), Peer("10.96.0.7"), "TCP", 443)
    assert seen.answering == Flow(Peer("10.244.0.1"), API.peer, "TCP", 8000)


def test_a_connection_that_a_policy_forbids_is_still_found() -> None:
    forbids: Policy = {
        "metadata": {"namespace": "photos"},
        "spec": {
            "podSelector": {"matchLabels": {"app.kubernetes.io/component": "provision"}},
            "policyTypes": ["Ingress"],
            "ingress": [],
        },
    }
    violation = attribute(_connection(age_seconds=100), [REDIS, PROVISION, API], NOW)
    assert violation is not None
    assert not allows([forbids], violation.answering)
    assert violation.text == "api -> provision TCP 16379/16379"
    before = attribute(_connection(age_seconds=900), [REDIS, PROVISION, API], NOW)
    assert before is not None
    assert allows([forbids], before.answering)


def test_a_line_of_the_table_says_how_old_the_connection_is() -> None:
    line = (
        "ipv4 2 tcp 6 86388 ESTABLISHED src=10.244.0.8 dst=10.244.0.7 sport=40000 dport=6379 "
        "src=10.244.0.7 dst=10.244.0.8 sport=6379 dport=40000 [ASSURED] mark=0 zone=0 delta-time=42 use=2"
    )
    assert parse(line) == _connection(age_seconds=42, port=6379)


def _pod(uid: str, status: client.V1PodStatus, *, host_network: bool = False) -> client.V1Pod:
    return client.V1Pod(
        metadata=client.V1ObjectMeta(uid=uid, namespace="photos", labels={"app": uid}),
        spec=client.V1PodSpec(containers=[], host_network=host_network),
        status=status,
    )


def _status(phase: str, ended: datetime | None = None) -> client.V1PodStatus:
    state = client.V1ContainerState(terminated=client.V1ContainerStateTerminated(exit_code=0, finished_at=ended))
    started = datetime.fromtimestamp(NOW, UTC)
    container = client.V1ContainerStatus(
        name="main", image="image", image_id="id", ready=False, restart_count=0, state=state
    )
    statuses = [container] if ended else None
    return client.V1PodStatus(phase=phase, pod_ip=REDIS_ADDRESS, start_time=started, container_statuses=statuses)


def test_a_running_pod_has_its_address_since_it_started() -> None:
    owners = build_owners([_pod("runs", _status("Running"))], NAMESPACES)
    peer = Peer(REDIS_ADDRESS, "photos", (("app", "runs"),), (("name", "photos"),))
    assert owners == {"runs": AddressOwner(peer, since=NOW)}


def test_a_finished_pod_had_its_address_until_its_last_container_ended() -> None:
    ended = datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=30)
    owners = build_owners([_pod("job", _status("Succeeded", ended)), _pod("lost", _status("Failed"))], NAMESPACES)
    assert [owners["job"].until, owners["lost"].until] == [NOW + 30, NOW]


def test_pods_without_an_address_of_their_own_own_none() -> None:
    waiting = _pod("waiting", client.V1PodStatus(phase="Pending"))
    on_the_node = _pod("on-the-node", _status("Running"), host_network=True)
    assert build_owners([waiting, on_the_node], NAMESPACES) == {}


def test_a_pod_that_is_no_longer_listed_gave_its_address_back_and_stays_known() -> None:
    known = {"redis": REDIS, "api": API}
    updated = update_owners(known, {"provision": PROVISION}, NOW)
    assert updated == {"redis": REDIS, "api": AddressOwner(API.peer, API.since, until=NOW), "provision": PROVISION}
    assert update_owners(updated, {"provision": PROVISION}, NOW + 10) == updated
