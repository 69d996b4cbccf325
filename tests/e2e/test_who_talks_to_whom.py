"""Connections of the platform's pods, seen by the node during all end-to-end tests, against the NetworkPolicies.

The node from packages does not enforce them. This file's name makes it the last but the replay, so that it has seen
the others.
"""

import asyncio
from contextlib import suppress
from typing import Any

from kubernetes import client

from hack.scenarios.api import PhotoApi
from hack.scenarios.cluster import PHOTOS, Cluster
from hack.scenarios.redis_loss import Participants
from photo_operator.desired.networking import API_SERVER_PORTS
from tests.support.network_policies import Peer, Policy, allows
from tests.support.photographs import photograph
from tests.support.traffic import NODE, ObservedConnection, Traffic

SEEN_WITHIN = 60
PLATFORM = ("app.kubernetes.io/instance", "demo")


def policies_of(cluster: Cluster) -> list[Policy]:
    networking = client.NetworkingV1Api(cluster.core.api_client)
    listed = networking.list_namespaced_network_policy(PHOTOS).items
    found: list[Policy] = cluster.core.api_client.sanitize_for_serialization(listed)
    return found


def is_ours(peer: Peer) -> bool:
    return PLATFORM in peer.labels


def is_allowed(policies: list[Policy], seen: ObservedConnection) -> bool:
    probed = seen.answering.source.address in NODE
    return probed or allows(policies, seen.asked) or allows(policies, seen.answering)


def used_ports(seen: set[ObservedConnection]) -> set[tuple[str, int]]:
    ours = [found for found in seen if is_ours(found.answering.source) or is_ours(found.answering.destination)]
    return {(flow.protocol, flow.port) for found in ours for flow in (found.asked, found.answering)}


def allowed_ports(policies: list[Policy]) -> set[tuple[str, int]]:
    rules: list[Any] = [
        rule for policy in policies for side in ("egress", "ingress") for rule in policy["spec"].get(side, ())
    ]
    ports = {(port["protocol"], port["port"]) for rule in rules for port in rule["ports"]}
    # names are asked for by UDP, by TCP where an answer is long; the API server answers at one of its two ports
    return ports - {("TCP", 53)} - {("TCP", port) for port in API_SERVER_PORTS}


async def test_pods_talk_to_whom_their_policies_allow_and_to_all_of_these(
    api: PhotoApi, cluster: Cluster, people: Participants, traffic: Traffic
) -> None:
    media_id = await api.ready_media(people.author, photograph(seed=7))
    post = await api.post(people.author, media_id, "seen by the node")
    await api.expect("DELETE", f"/v1/posts/{post['post_id']}", people.author)
    policies = policies_of(cluster)
    assert len(policies) > len(cluster.component("api"))
    with suppress(TimeoutError):
        async with asyncio.timeout(SEEN_WITHIN):
            while allowed_ports(policies) - used_ports(traffic.seen):
                await asyncio.to_thread(traffic.look)
                await asyncio.sleep(1)
    assert sorted(allowed_ports(policies) - used_ports(traffic.seen)) == [], "allowed, and used by nobody"
    assert sorted({seen.text for seen in traffic.seen if not is_allowed(policies, seen)}) == []
    assert {("TCP", port) for port in API_SERVER_PORTS} & used_ports(traffic.seen), "the API watches its policy"
