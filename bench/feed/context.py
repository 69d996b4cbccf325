"""The inputs of every figure. Built by `bench.feed.run` and passed to each figure; contains no results."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench.feed.scales import Scale
from bench.redis_cluster import HostCluster
from bench.workloads.graph import Graph, build_graph
from photo_core.settings import Source


@dataclass(frozen=True)
class Bench:
    """One run: its scale, its folder for files, and its engines.

    `environment` is that of a pod; it contains all engines if a figure needs them, otherwise only Redis.
    """

    scale: Scale
    folder: Path
    cluster: HostCluster
    environment: Mapping[str, str]

    @property
    def source(self) -> Source:
        """The environment from which the settings of this run are read, as in a pod."""
        return Source(self.environment, Path(self.environment["PHOTO_SECRETS_DIR"]))

    @cached_property
    def graph(self) -> Graph:
        """The follow graph of the run's scale."""
        return build_graph(self.scale.accounts)
