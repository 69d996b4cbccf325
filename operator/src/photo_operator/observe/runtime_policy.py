"""Reads the runtime policy from the ConfigMap that pods watch. Called by `observe.gather`; `remediation` writes it."""

from photo_core.domain.runtime_policy import POLICY_KEY, RuntimePolicy, decode_policy
from photo_operator.crds.platform import Manifest


def read_policy(config_map: Manifest | None) -> RuntimePolicy | None:
    """Return the policy that a ConfigMap holds; None where it holds none that can be read."""
    text = ((config_map or {}).get("data") or {}).get(POLICY_KEY)
    return None if text is None else decode_policy(text)
