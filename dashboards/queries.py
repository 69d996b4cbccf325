"""The queries that panels have in common."""

from dashboards.parts import PODS, Query

QUANTILES = (("p99", 0.99), ("p50", 0.5))


def rate(counter: str, by: str = "") -> str:
    """Return the rate of a platform's counter, over all pods."""
    grouped = f"sum by ({by})" if by else "sum"
    return f"{grouped} (rate({counter}{{{PODS}}}[$__rate_interval]))"


def quantiles(histogram: str) -> tuple[Query, ...]:
    """Return the 99th percentile and the median of a platform's histogram."""
    return tuple(
        Query(
            f"histogram_quantile({share}, sum by (le) (rate({histogram}_bucket{{{PODS}}}[$__rate_interval])))",
            name,
        )
        for name, share in QUANTILES
    )


def mean(histogram: str) -> str:
    """Return the mean of what a platform's histogram observed."""
    return f"{rate(f'{histogram}_sum')} / {rate(f'{histogram}_count')}"
