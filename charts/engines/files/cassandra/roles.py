"""Creates the user of the Secret as a Cassandra superuser and removes the well-known default login.

Runs as a container of the Cassandra pod, which is not ready before this is done. Safe to run at every start; if the
password in the database differs from the Secret's, it logs an error and changes nothing.
"""  # noqa: INP001 - a script mounted into a pod, not a package

from __future__ import annotations

import logging
import os
import ssl
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cassandra import AuthenticationFailed
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster, NoHostAvailable

if TYPE_CHECKING:
    from cassandra.cluster import Session

_CREDENTIALS = Path("/etc/credentials")
_CA = Path("/etc/tls/ca.crt")
_DONE = Path("/tmp/done")  # noqa: S108 - the pod's own volume
_DEFAULT_LOGIN = ("cassandra", "cassandra")
_POLL_SECONDS = 0.5

log = logging.getLogger("roles")


def trust() -> ssl.SSLContext:
    """Trust the CA without checking hostnames: certificates name no loopback address, and the node is in this pod."""
    context = ssl.create_default_context(cafile=str(_CA))
    context.check_hostname = False
    return context


def connect(username: str, password: str) -> Session | None:
    """Return a session, or None if the node refuses the login; raises NoHostAvailable while it does not answer."""
    cluster = Cluster(
        ["127.0.0.1"],
        auth_provider=PlainTextAuthProvider(username, password),
        ssl_context=trust() if _CA.exists() else None,
        connect_timeout=20,
    )
    try:
        return cluster.connect()
    except NoHostAvailable as error:
        cluster.shutdown()
        if any(isinstance(reason, AuthenticationFailed) for reason in error.errors.values()):
            return None
        raise


def ensure_roles(username: str, password: str) -> bool:
    """Create the user and drop the default role; return whether the login of the Secret works."""
    session = connect(username, password)
    if session is None:
        create_user(username, password)
        session = connect(username, password)
    if session is None:
        log.error("the node refuses the login of the Secret: its volume was made with another password")
        return False
    session.execute("DROP ROLE IF EXISTS cassandra")
    session.cluster.shutdown()
    return True


def create_user(username: str, password: str) -> None:
    """Create the superuser through the default login, which exists on a new volume only."""
    session = connect(*_DEFAULT_LOGIN)
    if session is None:
        return
    session.execute(
        f'CREATE ROLE IF NOT EXISTS "{username}" WITH SUPERUSER = true AND LOGIN = true AND PASSWORD = %s',
        (password,),
    )
    session.cluster.shutdown()


def main() -> None:
    """Retry until the login works, then keep the container running with a shell that needs little memory."""
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stdout)
    username = (_CREDENTIALS / "username").read_text().strip()
    password = (_CREDENTIALS / "password").read_text().strip()
    while not attempt(username, password):
        time.sleep(_POLL_SECONDS)
    _DONE.touch()
    os.execvp("/bin/sh", ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 3600 & wait; done"])  # noqa: S606


def attempt(username: str, password: str) -> bool:
    """One try; a node that does not answer yet is no error."""
    try:
        return ensure_roles(username, password)
    except NoHostAvailable:
        return False


if __name__ == "__main__":
    main()
