"""The closed list of kinds that the operator touches, and of the rights that it needs for each.

`RIGHTS` is what the charts grant, no more and no less: tests compare the two.
"""

from enum import Enum

from msgspec import Struct

from photo_operator.crds import platform as crds

FIELD_MANAGER = "photoplatform-operator"  # of everything but two single fields:
POLICY_MANAGER = f"{FIELD_MANAGER}-actions"  # the runtime policy
SCALER_MANAGER = f"{FIELD_MANAGER}-scaler"  # numbers of pods


class KindSpec(Struct, frozen=True):
    """Where the API server keeps a kind."""

    group: str
    version: str
    name: str
    plural: str

    @property
    def api_version(self) -> str:
        """The `apiVersion` of its manifests."""
        return f"{self.group}/{self.version}" if self.group else self.version


class Kind(Enum):
    """Every kind that the operator reads or writes."""

    PLATFORM = KindSpec(crds.GROUP, crds.VERSION, "PhotoPlatform", "photoplatforms")
    RUNBOOK = KindSpec(crds.GROUP, crds.VERSION, "Runbook", "runbooks")
    EXECUTION = KindSpec(crds.GROUP, crds.VERSION, "RunbookExecution", "runbookexecutions")
    APPROVAL = KindSpec(crds.GROUP, crds.VERSION, "RunbookApproval", "runbookapprovals")
    SERVICE_ACCOUNT = KindSpec("", "v1", "ServiceAccount", "serviceaccounts")
    ROLE = KindSpec("rbac.authorization.k8s.io", "v1", "Role", "roles")
    ROLE_BINDING = KindSpec("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings")
    CONFIG_MAP = KindSpec("", "v1", "ConfigMap", "configmaps")
    SECRET = KindSpec("", "v1", "Secret", "secrets")
    SERVICE = KindSpec("", "v1", "Service", "services")
    NETWORK_POLICY = KindSpec("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies")
    DISRUPTION_BUDGET = KindSpec("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets")
    JOB = KindSpec("batch", "v1", "Job", "jobs")
    DEPLOYMENT = KindSpec("apps", "v1", "Deployment", "deployments")
    AUTOSCALER = KindSpec("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
    POD = KindSpec("", "v1", "Pod", "pods")
    EVENT = KindSpec("", "v1", "Event", "events")
    LEASE = KindSpec("coordination.k8s.io", "v1", "Lease", "leases")


# Applied, pruned and watched, in the order of their creation: what a pod needs stands before the pod.
CHILD_KINDS: tuple[Kind, ...] = (
    Kind.SERVICE_ACCOUNT,
    Kind.ROLE,
    Kind.ROLE_BINDING,
    Kind.CONFIG_MAP,
    Kind.SERVICE,
    Kind.NETWORK_POLICY,
    Kind.DISRUPTION_BUDGET,
    Kind.JOB,
    Kind.DEPLOYMENT,
    Kind.AUTOSCALER,
)

_CHILD_VERBS = frozenset({"list", "watch", "create", "patch", "delete"})


class Right(Struct, frozen=True, order=True):
    """One verb on one resource, optionally on one name, as RBAC counts."""

    group: str
    resource: str
    verb: str
    name: str = ""


def _rights(kind: Kind, verbs: frozenset[str], subresource: str = "", name: str = "") -> frozenset[Right]:
    resource = f"{kind.value.plural}/{subresource}" if subresource else kind.value.plural
    return frozenset(Right(kind.value.group, resource, verb, name) for verb in verbs)


LEASE_NAME = "photoplatform-operator"

# in each namespace that is watched
NAMESPACE_RIGHTS: frozenset[Right] = frozenset().union(
    *(_rights(kind, _CHILD_VERBS) for kind in CHILD_KINDS),
    _rights(Kind.CONFIG_MAP, frozenset({"get"})),  # granted on to pods, which read the runtime policy
    _rights(Kind.PLATFORM, frozenset({"list", "watch"})),
    _rights(Kind.PLATFORM, frozenset({"patch"}), "status"),
    _rights(Kind.RUNBOOK, frozenset({"list", "watch"})),
    _rights(Kind.EXECUTION, frozenset({"list", "watch", "create", "delete"})),  # old ones that have ended go
    _rights(Kind.EXECUTION, frozenset({"patch"}), "status"),
    _rights(Kind.APPROVAL, frozenset({"list", "watch"})),
    _rights(Kind.APPROVAL, frozenset({"patch"}), "status"),
    _rights(Kind.LEASE, frozenset({"list", "create", "delete"})),  # a target is held by one execution
    _rights(Kind.PLATFORM, frozenset({"update"}), "finalizers"),  # blockOwnerDeletion of children
    _rights(Kind.SECRET, frozenset({"get", "create"})),  # by name: credentials; the platform's own keys, once
    _rights(Kind.POD, frozenset({"list", "patch"})),  # what it costs to delete one, before workers are taken away
    _rights(Kind.DEPLOYMENT, frozenset({"patch"}), "scale"),
    _rights(Kind.EVENT, frozenset({"create", "patch"})),  # a repetition is counted on the Event that exists
)

# in the operator's own namespace; a right to create cannot be given by name
LEASE_RIGHTS: frozenset[Right] = _rights(Kind.LEASE, frozenset({"create"})) | _rights(
    Kind.LEASE, frozenset({"get", "update"}), name=LEASE_NAME
)
