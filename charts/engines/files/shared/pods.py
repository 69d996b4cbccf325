"""Lists pods through the Kubernetes API with the service account of the pod.

Imported by two scripts that are mounted into the same folder: Redis membership and Prometheus discovery.
"""  # noqa: INP001 - mounted into pods, not a package

from __future__ import annotations

import json
import ssl
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_API = "https://kubernetes.default.svc/api/v1"


def list_pods(namespace: str, selector: str = "") -> list[dict[str, Any]]:
    """Return the pods of a namespace; raises OSError if the API server does not answer."""
    query = urllib.parse.urlencode({"labelSelector": selector})
    # the kubelet renews the token, so it is read each time
    headers = {"Authorization": f"Bearer {(_ACCOUNT / 'token').read_text()}"}
    request = urllib.request.Request(f"{_API}/namespaces/{namespace}/pods?{query}", headers=headers)  # noqa: S310
    context = ssl.create_default_context(cafile=str(_ACCOUNT / "ca.crt"))
    with urllib.request.urlopen(request, timeout=5, context=context) as answer:  # noqa: S310
        return list(json.load(answer)["items"])
