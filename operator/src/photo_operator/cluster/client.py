"""The connection to the API server, bounded in every direction. Called by `main`; what is asked is the adapters'.

A half-open connection is given up by the kernel: what a write could not deliver within UNDELIVERED_SECONDS is never
delivered, so that a leader's last write has landed, or never will, before another process may take the Lease.
"""

import socket

import httpx2
from lightkube import AsyncClient, KubeConfig
from lightkube.config.client_adapter import verify_cluster
from lightkube.core.exceptions import ConfigError

from photo_operator.cluster.kinds import FIELD_MANAGER

UNDELIVERED_SECONDS = 4.0  # less than a Lease's duration without its renew deadline
TIMEOUT = httpx2.Timeout(connect=3.0, read=10.0, write=4.0, pool=4.0)
LIMITS = httpx2.Limits(max_connections=40, max_keepalive_connections=20, keepalive_expiry=60.0)
SOCKET_OPTIONS = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(UNDELIVERED_SECONDS * 1000)),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 2),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2),
]


def build_client() -> AsyncClient:
    """Return a client of the API server that the pod, or else KUBECONFIG, names.

    Raises:
        ConfigError: neither names one.
    """
    config = KubeConfig.from_env().get()
    if config is None or config.user is None:
        raise ConfigError("no API server is configured")
    verify = verify_cluster(config.cluster, config.user, config.abs_file)
    transport = httpx2.AsyncHTTPTransport(verify=verify, limits=LIMITS, socket_options=SOCKET_OPTIONS, trust_env=False)
    return AsyncClient(config=config, field_manager=FIELD_MANAGER, timeout=TIMEOUT, transport=transport)
