"""What people call scaled workers: as the status and the spec do, or as their Deployment. Read by views and lookups."""

from photo_operator.components.catalog import Component
from photo_operator.scaling.scaled import SCALED, Scaled


def status_name(component: Component) -> str:
    """Return a worker's name in `status.workers` and `spec.workers`."""
    first, *rest = component.value.split("-")
    return first + "".join(word.capitalize() for word in rest)


BY_NAME: dict[str, Scaled] = {
    name: scaled for scaled in SCALED for name in (status_name(scaled.component), scaled.component.value)
}
