"""A second platform on the same engines, by prefixes: not prepared, prepared, deleted, and made again."""

import base64
import secrets
from collections.abc import AsyncIterator, Iterator

import pytest
from kubernetes import client

from hack.scenarios.api import Person, PhotoApi
from hack.scenarios.cluster import PHOTOS, SYSTEM, Cluster, Json, wait_for
from hack.scenarios.redis_loss import Participants
from tests.support.photographs import photograph

pytestmark = pytest.mark.drill

OPERATOR, REPLICAS = "photoplatform-operator", 2
READY_WITHIN, GONE_WITHIN = 240, 60
MEDIA_WITHIN = 90  # the store tells only the first platform of uploads: the sweeper finds those of the second


class Second:
    """The second platform, its Secret and its database."""

    def __init__(self, cluster: Cluster) -> None:
        self.name = f"second-{secrets.token_hex(3)}"
        self.sight = Cluster(self.name)
        self._first = cluster
        self._plain = self.name.replace("-", "_")

    def prepare(self) -> None:
        """Make the database and the Secret that names it."""
        self._sql(f"CREATE DATABASE {self._plain}")
        found = self._first.core.read_namespaced_secret("photo-postgres", PHOTOS).data
        uri = base64.b64decode(found["uri"]).decode()
        address, _, rest = uri.rpartition("/")
        options = f"?{rest.partition('?')[2]}" if "?" in rest else ""
        data = found | {"uri": base64.b64encode(f"{address}/{self._plain}{options}".encode()).decode()}
        body = client.V1Secret(metadata=client.V1ObjectMeta(name=self.name), data=data)
        self._first.core.create_namespaced_secret(PHOTOS, body)

    def forget(self) -> None:
        """Remove Secret and database."""
        self._first.core.delete_namespaced_secret(self.name, PHOTOS)
        self._sql(f"DROP DATABASE {self._plain} WITH (FORCE)")

    def spec(self, *, provision: bool) -> Json:
        """Return the first platform's spec with names of its own."""
        spec = self._first.spec()
        engines = spec["engines"]
        own: dict[str, Json] = {
            "kafka": {"prefix": f"{self.name}.", "partitionDivisor": 16},
            "cassandra": {"keyspace": self._plain},
            "postgres": {"secretRef": {"name": self.name}},
            "objectStorage": {"buckets": {kind: f"{self.name}-{kind}" for kind in ("original", "optimized", "videos")}},
        }
        prepared = {engine: engines[engine] | names | {"provision": provision} for engine, names in own.items()}
        redis = engines["redis"] | {"keyPrefix": f"{self.name}:"}
        api = {"replicas": {"min": 1, "max": 1}}
        return {"image": spec["image"], "engines": prepared | {"redis": redis}, "api": api}

    def tables(self) -> int:
        """Return how many tables its database has."""
        return int(self._sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", self._plain))

    def children(self) -> list[str]:
        """Return what is left of it in the cluster."""
        selector = f"app.kubernetes.io/instance={self.name}"
        core, apps = self._first.core, self._first.apps
        batch, policies = client.BatchV1Api(core.api_client), client.PolicyV1Api(core.api_client)
        lists = (
            core.list_namespaced_pod,
            core.list_namespaced_service,
            core.list_namespaced_config_map,
            core.list_namespaced_secret,
            core.list_namespaced_service_account,
            apps.list_namespaced_deployment,
            batch.list_namespaced_job,
            policies.list_namespaced_pod_disruption_budget,
            self._first.autoscalers.list_namespaced_horizontal_pod_autoscaler,
            client.NetworkingV1Api(core.api_client).list_namespaced_network_policy,
            client.RbacAuthorizationV1Api(core.api_client).list_namespaced_role,
        )
        return [item.metadata.name for listed in lists for item in listed(PHOTOS, label_selector=selector).items]

    def url(self) -> str:
        """Return the address of its API, as the node reaches it."""
        service = self._first.core.read_namespaced_service(f"{self.name}-api", PHOTOS)
        return f"http://{service.spec.cluster_ip}:8000"

    def _sql(self, statement: str, database: str = "") -> str:
        pod = self._first.engine("postgres")[0].name
        login = 'PGPASSWORD="$(cat /etc/credentials/password)" PGUSER="$(cat /etc/credentials/username)"'
        shell = (
            f'{login} psql -h 127.0.0.1 -d "${{1:-$(cat /etc/credentials/database)}}" -v ON_ERROR_STOP=1 -qtA -c "$0"'
        )
        printed = self._first.run("engines", pod, ["sh", "-c", shell, statement, database])
        if "ERROR" in printed:
            raise AssertionError(printed)
        return printed


@pytest.fixture
def second(cluster: Cluster) -> Iterator[Second]:
    platform = Second(cluster)
    platform.prepare()
    yield platform
    _operators(cluster, REPLICAS)
    if platform.name in {item["metadata"]["name"] for item in cluster.custom("photoplatforms")}:
        cluster.delete_platform(platform.name)
    wait_for("nothing to be left", lambda: not platform.children(), GONE_WITHIN)
    platform.forget()
    platform.sight.close()


@pytest.fixture
async def other() -> AsyncIterator[list[PhotoApi]]:
    """Clients of the second platform's API: each time it is made, it has another address."""
    opened: list[PhotoApi] = []
    yield opened
    for api in opened:
        await api.close()


async def _opened(second: Second, other: list[PhotoApi]) -> PhotoApi:
    wait_for("the second to be ready", lambda: second.sight.condition("Ready").get("status") == "True", READY_WITHIN)
    api = PhotoApi(second.url())
    other.append(api)
    await api.reachable(deadline=60)
    wait_for("its workers", lambda: second.sight.condition("Progressing").get("reason") == "UpToDate", READY_WITHIN)
    return api


def _operators(cluster: Cluster, replicas: int) -> None:
    body = {"spec": {"replicas": replicas}}
    cluster.apps.patch_namespaced_deployment_scale(OPERATOR, SYSTEM, body)
    wait_for(
        f"{replicas} operators",
        lambda: len([pod for pod in cluster.pods(SYSTEM, f"app.kubernetes.io/name={OPERATOR}") if pod.ready])
        == replicas,
        90,
    )


async def test_two_platforms_share_engines_and_never_meet(
    api: PhotoApi, cluster: Cluster, people: Participants, second: Second, other: list[PhotoApi]
) -> None:
    cluster.create_platform(second.name, second.spec(provision=False))
    said = wait_for("what is missing", lambda: _lacking(second), 90)
    assert "provision to true" in said
    assert second.tables() == 0, "nothing was made"
    second.sight.change({"spec": second.spec(provision=True)})
    theirs = await _opened(second, other)
    login = {"username": f"second_{secrets.token_hex(4)}", "password": secrets.token_urlsafe(12)}
    await theirs.expect("POST", "/v1/users", json=login)
    author = await _signed_in(theirs, login)
    post_id = await _posted(theirs, author)
    ours = await api.post(people.author, people.media_id, "ours")
    assert (await api.call("GET", f"/v1/posts/{post_id}", people.author)).status_code == 404
    assert (await theirs.call("GET", f"/v1/posts/{ours['post_id']}", author)).status_code == 404
    assert (await api.call("GET", "/v1/feed", author)).status_code == 401, "keys are each platform's own"
    assert await theirs.whole_feed(author) == [post_id]
    _operators(cluster, 0)
    cluster.delete_platform(second.name)
    wait_for("nothing to be left without an operator", lambda: not second.children(), GONE_WITHIN)
    assert ours["post_id"] in await api.whole_feed(people.author)
    _operators(cluster, REPLICAS)
    cluster.create_platform(second.name, second.spec(provision=True))
    theirs = await _opened(second, other)
    assert await theirs.whole_feed(await _signed_in(theirs, login)) == [post_id], (
        "the engines' data outlived the platform"
    )
    cluster.delete_platform(second.name)
    wait_for("nothing to be left", lambda: not second.children(), GONE_WITHIN)
    assert cluster.is_healthy()


def _lacking(second: Second) -> str:
    told = [second.sight.condition(kind).get("message", "") for kind in ("Ready", "Progressing")]
    return next((message for message in told if " lacks " in message), "")


async def _signed_in(api: PhotoApi, login: dict[str, str]) -> Person:
    session = await api.expect("POST", "/v1/sessions", json=login)
    return Person(session["user_id"], login["username"], session["token"])


async def _posted(api: PhotoApi, author: Person) -> str:
    media_id = await api.upload(author, photograph(seed=8))
    await api.media_when_final(author, media_id, MEDIA_WITHIN)
    post = await api.post(author, media_id, "theirs")
    post_id: str = post["post_id"]
    return post_id


def test_a_namespace_goes_with_a_platform_in_it_that_no_operator_knows(cluster: Cluster) -> None:
    name = f"rollout-{secrets.token_hex(3)}"
    cluster.core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=name)))
    body = {"apiVersion": "photoplatform.io/v1alpha1", "kind": "PhotoPlatform", "metadata": {"name": "demo"}}
    custom = client.CustomObjectsApi(cluster.core.api_client)
    custom.create_namespaced_custom_object(
        "photoplatform.io", "v1alpha1", name, "photoplatforms", body | {"spec": cluster.spec()}
    )
    cluster.core.delete_namespace(name)
    wait_for(
        "the namespace to go",
        lambda: name not in {found.metadata.name for found in cluster.core.list_namespace().items},
        GONE_WITHIN,
    )
