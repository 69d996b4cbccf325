"""Watches the ConfigMap `<platform>-runtime`, in which the operator writes the runtime policy of all pods.

Used by the API and by workers that obey a policy. A process without a service account (a test, a laptop) uses the
mounted file; a pod whose Kubernetes API does not answer keeps the last policy that it saw. Which policy is in force is
decided in photo_core.domain.runtime_policy.
"""

import asyncio
from pathlib import Path

import msgspec
import structlog
from lightkube import AsyncClient
from lightkube.config.kubeconfig import KubeConfig
from lightkube.core.exceptions import ConfigError
from lightkube.resources.core_v1 import ConfigMap

from photo_core.domain.runtime_policy import POLICY_KEY, RuntimePolicy, decode_policy, newer
from photo_core.settings import RUNTIME_DIR, Source, Variable
from photo_core.telemetry.metrics import DEGRADED_LEVEL

LOG = structlog.get_logger(__name__)
# the server is asked to end a stream after this time; one that stalls is abandoned a little later
STREAM_SECONDS = 30
STREAM_GRACE_SECONDS = 5
RECONNECT_SECONDS = 1.0


class RuntimePolicyWatch:
    """The policy in force in this pod."""

    def __init__(self, config_map: str, namespace: str, mounted: Path) -> None:
        self._config_map = config_map
        self._namespace = namespace
        self._current = _mounted_policy(mounted)
        DEGRADED_LEVEL.set(self._current.degraded_level)

    def current(self) -> RuntimePolicy:
        """Return the policy in force."""
        return self._current

    async def keep_watching(self) -> None:
        """Watch until cancelled: a background task of the process. Returns at once outside a cluster."""
        client = _client_of_this_pod()
        if client is None:
            return
        try:
            while True:
                await self.follow_stream(client)
        finally:
            await client.close()

    def offer(self, policies: ConfigMap) -> None:
        """Put the policy of a ConfigMap in force, unless it is invalid or a former leader wrote it."""
        offered = decode_policy((policies.data or {}).get(POLICY_KEY, ""))
        if offered is None:
            LOG.warning("invalid runtime policy", config_map=self._config_map)
            return
        policy = newer(self._current, offered)
        if policy != self._current:
            LOG.info("runtime policy", **msgspec.structs.asdict(policy))
            DEGRADED_LEVEL.set(policy.degraded_level)
        self._current = policy

    async def follow_stream(self, client: AsyncClient) -> None:
        """Follow one stream, starting with the current state, until it ends or fails."""
        try:
            async with asyncio.timeout(STREAM_SECONDS + STREAM_GRACE_SECONDS):
                stream = client.watch(
                    ConfigMap,
                    namespace=self._namespace,
                    fields={"metadata.name": self._config_map},
                    server_timeout=STREAM_SECONDS,
                )
                async for event, found in stream:
                    if event in {"ADDED", "MODIFIED"}:
                        self.offer(found)
        except TimeoutError:
            return
        except Exception as error:  # noqa: BLE001 - the outermost loop: whatever the API server says, ask again
            LOG.warning("runtime policy watch", error=str(error))
            await asyncio.sleep(RECONNECT_SECONDS)


def watch_of(source: Source) -> RuntimePolicyWatch:
    """Return the watch of a pod's own platform."""
    config_map = f"{source.text(Variable.PLATFORM, 'demo')}-runtime"
    return RuntimePolicyWatch(config_map, source.text(Variable.NAMESPACE, "default"), Path(RUNTIME_DIR))


def _mounted_policy(mounted: Path) -> RuntimePolicy:
    try:
        return decode_policy((mounted / POLICY_KEY).read_text()) or RuntimePolicy()
    except OSError:
        return RuntimePolicy()


def _client_of_this_pod() -> AsyncClient | None:
    try:
        return AsyncClient(config=KubeConfig.from_service_account())
    except ConfigError:
        return None
