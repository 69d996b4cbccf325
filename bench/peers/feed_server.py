"""Peer: serves a feed page with FastAPI and redis-py: ZREVRANGE, posts as JSON by MGET, json.loads, a dict as reply.

Run by `bench.feed.pages` as `python -m bench.peers.feed_server <way> <port>`; the cluster comes from the environment
of a pod. It runs uvicorn in its fastest setup, with uvloop and httptools and without an access log. It requires no
token, checks no visibility and has no cursors, all of which favours the peer.
"""

import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from fastapi import FastAPI, Request
from redis.asyncio.cluster import ClusterNode, RedisCluster
from starlette.responses import JSONResponse

from bench.peers.redis_py_writer import zset_key
from photo_core.engines.redis import redis_settings
from photo_core.settings import process_source

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PAGE = 20
Json = dict[str, Any]


def post_key(post_id: str) -> str:
    """Return the key of a post's JSON."""
    return f"post:{post_id}"


async def by_mget(cluster: Any, post_ids: Sequence[str]) -> list[bytes | None]:
    """Fetch with MGET of the cluster client, which groups by slot."""
    values: list[bytes | None] = await cluster.mget_nonatomic([post_key(post_id) for post_id in post_ids])
    return values


async def by_pipeline(cluster: Any, post_ids: Sequence[str]) -> list[bytes | None]:
    """Fetch with one pipeline of GETs, which groups by node."""
    pipeline = cluster.pipeline()
    for post_id in post_ids:
        pipeline.get(post_key(post_id))
    values: list[bytes | None] = await pipeline.execute()
    return values


Fetch = Callable[[Any, Sequence[str]], Awaitable[list[bytes | None]]]


async def page(cluster: Any, fetch: Fetch, viewer_id: str) -> Json:
    """Return one page as a dict."""
    post_ids = [value.decode() for value in await cluster.zrevrange(zset_key(viewer_id), 0, PAGE - 1)]
    posts = [json.loads(value) for value in await fetch(cluster, post_ids) if value is not None]
    return {"posts": posts, "next_cursor": post_ids[-1] if post_ids else None, "has_more": len(post_ids) == PAGE}


def build_plain(fetch: Fetch) -> FastAPI:
    """Return the application as in a tutorial: FastAPI converts the returned dict to JSON."""
    app = _connected()

    @app.get("/feed/{viewer_id}", response_model=None)
    async def read_feed(viewer_id: str, request: Request) -> Json:
        return await page(request.app.state.cluster, fetch, viewer_id)

    return app


def build_typed(fetch: Fetch) -> FastAPI:
    """Return the application with a declared response type, which pydantic serialises in compiled code."""
    app = _connected()

    @app.get("/feed/{viewer_id}")
    async def read_feed(viewer_id: str, request: Request) -> Json:
        return await page(request.app.state.cluster, fetch, viewer_id)

    return app


def build_ready(fetch: Fetch) -> FastAPI:
    """Return the application with a complete response, which FastAPI only forwards."""
    app = _connected()

    @app.get("/feed/{viewer_id}")
    async def read_feed(viewer_id: str, request: Request) -> JSONResponse:
        return JSONResponse(await page(request.app.state.cluster, fetch, viewer_id))

    return app


WAYS: dict[str, Callable[[], FastAPI]] = {
    "plain-mget": lambda: build_plain(by_mget),
    "plain-pipeline": lambda: build_plain(by_pipeline),
    "typed-mget": lambda: build_typed(by_mget),
    "typed-pipeline": lambda: build_typed(by_pipeline),
    "ready-mget": lambda: build_ready(by_mget),
    "ready-pipeline": lambda: build_ready(by_pipeline),
}


def _connected() -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> "AsyncIterator[None]":
        settings = redis_settings(process_source())
        nodes = [ClusterNode(host, port) for host, port in settings.nodes]
        login = settings.login
        async with RedisCluster(startup_nodes=nodes, username=login.username, password=login.password) as cluster:
            app.state.cluster = cluster
            yield

    return FastAPI(lifespan=lifespan, openapi_url=None)


def main() -> None:
    """Serve until SIGTERM."""
    way, port = sys.argv[1:]
    uvicorn.run(
        WAYS[way](),
        host="127.0.0.1",
        port=int(port),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="error",
    )


if __name__ == "__main__":
    main()
