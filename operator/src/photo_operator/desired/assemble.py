"""Assembles all desired children of a platform. Pure; called by `reconcile` once a pass.

Children are created in the order of the returned list. The Secret of the signing keys is not among them: it is created
once and never changed.
"""

from msgspec import Struct

from photo_operator.cluster.kinds import CHILD_KINDS, Kind
from photo_operator.crds.platform import Manifest, Platform
from photo_operator.desired import access, autoscaling, configuration, networking, provisioning, workloads


class Given(Struct, frozen=True):
    """Inputs of the desired state besides the spec.

    `secret_hashes` is Secret name -> hash of its content for those that exist; `engine_ports` are the ports of engines
    where their Secrets are known, since an address may be in a Secret.
    """

    secret_hashes: dict[str, str]
    secrets_complete: bool
    provisioned: bool
    engine_ports: networking.EnginePorts = {}


class Child(Struct, frozen=True):
    """The desired manifest of one child."""

    kind: Kind
    manifest: Manifest

    @property
    def key(self) -> tuple[Kind, str]:
        """Kind and name: unique within a platform."""
        return self.kind, self.manifest["metadata"]["name"]


_KINDS = {kind.value.name: kind for kind in CHILD_KINDS}


def assemble(platform: Platform, given: Given) -> tuple[Child, ...]:
    """Return every desired child: the Job once all Secrets are complete, Deployments once the engines are prepared."""
    manifests = [
        access.build_service_account(platform),
        access.build_role(platform),
        access.build_role_binding(platform),
        configuration.build_runtime_config_map(platform),
        networking.build_service(platform),
        *networking.build_network_policies(platform, {**networking.engine_ports(platform), **given.engine_ports}),
        *networking.build_disruption_budgets(platform),
    ]
    if given.secrets_complete:
        manifests.append(provisioning.build_provisioning_job(platform, given.secret_hashes))
    if given.provisioned:
        manifests.extend(workloads.build_deployments(platform, given.secret_hashes))
        manifests.extend(autoscaling.build_autoscalers(platform))
    return tuple(Child(_KINDS[manifest["kind"]], manifest) for manifest in manifests)
