"""Peer: writes sorted sets with pipelines of redis-py (ZADD, ZREMRANGEBYRANK), a thousand deliveries at a time.

Run by `bench.feed.deliveries` as `python -m bench.peers.redis_py_writer <way> <workload>`; the cluster comes from the
environment of a pod. The ways are those that redis-py offers; the fastest one is the peer. Deliveries of several
posts share a pipeline, unlike in a plain loop over posts, which favours the peer.
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from redis.asyncio.cluster import ClusterNode as AsyncClusterNode
from redis.asyncio.cluster import RedisCluster as AsyncRedisCluster
from redis.cluster import ClusterNode, RedisCluster
from redis.crc import key_slot

from bench.peers import writing
from bench.peers.writing import workload
from bench.workloads.deliveries import chunks
from photo_core.engines.redis import RedisSettings, redis_settings
from photo_core.settings import process_source

CHUNK = 1_000
IN_FLIGHT = 2  # concurrent pipelines with asyncio; more did not help
CAP = 800
Item = tuple[str, str, int]  # key, post id, score


def items(path: str) -> list[Item]:
    """Return every delivery of a workload, in order."""
    return [
        (zset_key(follower), delivery.post_id, delivery.score)
        for delivery in workload(path)
        for follower in delivery.followers
    ]


def zset_key(viewer: str) -> str:
    """Return the key of a viewer's sorted set."""
    return f"timeline:{{{viewer}}}"


def by_cluster_pipeline(settings: RedisSettings, wanted: Sequence[Item]) -> None:
    """Write with the cluster pipeline, which finds the nodes itself."""
    cluster = connected(settings)
    for chunk in chunks(wanted, CHUNK):
        pipeline = cluster.pipeline()
        for key, post_id, score in chunk:
            pipeline.zadd(key, {post_id: score})
            pipeline.zremrangebyrank(key, 0, -CAP - 1)
        pipeline.execute()


def by_target_nodes(settings: RedisSettings, wanted: Sequence[Item]) -> None:
    """Write with the cluster pipeline and explicit target nodes, so that it need not look up keys."""
    cluster = connected(settings)
    find = cluster.nodes_manager.get_node_from_slot
    for chunk in chunks(wanted, CHUNK):
        pipeline = cluster.pipeline()
        for key, post_id, score in chunk:
            node = find(key_slot(key.encode()))
            pipeline.execute_command("ZADD", key, score, post_id, target_nodes=node)
            pipeline.execute_command("ZREMRANGEBYRANK", key, 0, -CAP - 1, target_nodes=node)
        pipeline.execute()


def by_node_pipelines(settings: RedisSettings, wanted: Sequence[Item]) -> None:
    """Group by node and write with a pipeline for each node."""
    write_by_node_pipelines(connected(settings), wanted)


def write_by_node_pipelines(cluster: Any, wanted: Sequence[Item]) -> None:
    """Write on a connected cluster client; the peer of the whole pipeline uses it too."""
    find = cluster.nodes_manager.get_node_from_slot
    for chunk in chunks(wanted, CHUNK):
        of_node: dict[Any, list[Item]] = defaultdict(list)
        for item in chunk:
            of_node[find(key_slot(item[0].encode()))].append(item)
        for node, group in of_node.items():
            pipeline = cluster.get_redis_connection(node).pipeline(transaction=False)
            for key, post_id, score in group:
                pipeline.zadd(key, {post_id: score})
                pipeline.zremrangebyrank(key, 0, -CAP - 1)
            pipeline.execute()


def by_asyncio_pipeline(settings: RedisSettings, wanted: Sequence[Item]) -> None:
    """Write with the asyncio client and several concurrent pipelines."""
    asyncio.run(_by_asyncio_pipeline(settings, wanted))


async def _by_asyncio_pipeline(settings: RedisSettings, wanted: Sequence[Item]) -> None:
    login = settings.login
    nodes = [AsyncClusterNode(host, port) for host, port in settings.nodes]
    async with AsyncRedisCluster(startup_nodes=nodes, username=login.username, password=login.password) as cluster:
        waiting = iter(chunks(wanted, CHUNK))
        await asyncio.gather(*(_drain(cluster, waiting) for _ in range(IN_FLIGHT)))


async def _drain(cluster: Any, waiting: Iterator[Sequence[Item]]) -> None:
    for chunk in waiting:
        pipeline = cluster.pipeline()
        for key, post_id, score in chunk:
            pipeline.zadd(key, {post_id: score})
            pipeline.zremrangebyrank(key, 0, -CAP - 1)
        await pipeline.execute()


WAYS: dict[str, Callable[[RedisSettings, Sequence[Item]], None]] = {
    "cluster-pipeline": by_cluster_pipeline,
    "target-nodes": by_target_nodes,
    "node-pipelines": by_node_pipelines,
    "asyncio-pipeline": by_asyncio_pipeline,
}


def connected(settings: RedisSettings) -> Any:
    """Return redis-py's cluster client."""
    login = settings.login
    nodes = [ClusterNode(host, port) for host, port in settings.nodes]  # type: ignore[no-untyped-call]
    return RedisCluster(startup_nodes=nodes, username=login.username, password=login.password)


def main() -> None:
    """Write a workload and print the time and CPU time."""
    way, path = sys.argv[1:]
    settings, wanted = redis_settings(process_source()), items(path)
    began = writing.stopwatch()
    WAYS[way](settings, wanted)
    writing.report(len(wanted), began)


if __name__ == "__main__":
    main()
