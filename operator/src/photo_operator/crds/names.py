"""Names of a platform's children and Secrets. Used to build these objects and to find them; pure."""

from photo_core.errors import Engine
from photo_operator.crds.platform import Platform


def service_account_name(platform: Platform) -> str:
    """Return the ServiceAccount that pods run as."""
    return platform.metadata.name


def runtime_name(platform: Platform) -> str:
    """Return the ConfigMap that holds the runtime policy."""
    return f"{platform.metadata.name}-runtime"


def keys_name(platform: Platform) -> str:
    """Return the Secret that holds the platform's own signing keys."""
    return f"{platform.metadata.name}-keys"


def secret_names(platform: Platform) -> dict[Engine, str]:
    """Return the Secret of each engine that the platform uses."""
    return {engine: record.secret_ref.name for engine, record in platform.spec.engines.by_name().items()}


def deployment_name(platform: str, component: str) -> str:
    """Return the name of a component's Deployment."""
    return f"{platform}-{component}"
