"""The environment of pods: which variables a component gets, and their values from the spec. Pure."""

from photo_core.errors import Engine
from photo_core.settings import Variable
from photo_operator.components.catalog import ComponentRecord
from photo_operator.crds.platform import Manifest, Platform


def provisioned_engines(platform: Platform) -> tuple[Engine, ...]:
    """Return the engines that the platform's Job has to prepare."""
    return tuple(engine for engine, found in platform.spec.engines.by_name().items() if found.provision)


def _engine_values(platform: Platform, record: ComponentRecord) -> dict[str, str]:
    engines = platform.spec.engines.by_name()
    used = [engines[engine] for engine in record.engines if engine in engines]
    return {name.value: value for engine in used for name, value in engine.variables().items()}


def _behaviour_values(platform: Platform) -> dict[Variable, str]:
    spec = platform.spec
    return {
        Variable.CELEBRITY_THRESHOLD: str(spec.feed.celebrity_threshold),
        Variable.FEED_CAP: str(spec.feed.cap),
        Variable.FEED_INACTIVE_AFTER_DAYS: str(spec.feed.inactive_after_days),
        Variable.FEED_SKIP_FANOUT_AFTER: spec.feed.skip_fanout_after,
        Variable.FEED_REBUILDS_PER_SECOND: str(spec.feed.rebuilds_per_second),
        Variable.MEDIA_MAX_PHOTO_BYTES: str(spec.media.max_photo_bytes),
        Variable.RATE_LIMIT_PER_ACCOUNT: str(spec.api.rate_limits.requests_per_second_per_account),
        Variable.PROVISION: ",".join(provisioned_engines(platform)),
    }


def build_variables(platform: Platform, record: ComponentRecord) -> dict[str, str]:
    """Return the variables of a component, in a fixed order, without those of the downward API."""
    behaviour = _behaviour_values(platform)
    chosen = {name.value: behaviour[name] for name in record.variables}
    return {Variable.PLATFORM.value: platform.metadata.name} | _engine_values(platform, record) | chosen


def build_environment(platform: Platform, record: ComponentRecord) -> list[Manifest]:
    """Return the `env` of a component's container."""
    plain: list[Manifest] = [
        {"name": name, "value": value} for name, value in build_variables(platform, record).items()
    ]
    return [
        *plain,
        {"name": Variable.NAMESPACE.value, "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        {"name": Variable.POD_NAME.value, "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    ]
