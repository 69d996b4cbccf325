"""PromQL expressions that several panels share."""

from dashboards.parts import PODS, Query

QUANTILES = (("p99", 0.99), ("p50", 0.5))


def rate(counter: str, by: str = "", selector: str = PODS) -> str:
    """Return the summed rate of a counter; by default of all pods of the platform."""
    return f"{_sum_by(by)} (rate({_selected(counter, selector)}[$__rate_interval]))"


def quantile(share: float, histogram: str, by: str = "", selector: str = PODS) -> str:
    """Return a quantile of a histogram, over all series or by some labels."""
    labels = f"{by}, le" if by else "le"
    return f"histogram_quantile({share}, {rate(f'{histogram}_bucket', labels, selector)})"


def quantiles(histogram: str, selector: str = PODS) -> tuple[Query, ...]:
    """Return the 99th percentile and the median of a histogram."""
    return tuple(Query(quantile(share, histogram, selector=selector), name) for name, share in QUANTILES)


def mean(histogram: str) -> str:
    """Return the mean of the values that a platform's histogram observed."""
    return f"{rate(f'{histogram}_sum')} / {rate(f'{histogram}_count')}"


def _sum_by(labels: str) -> str:
    return f"sum by ({labels})" if labels else "sum"


def _selected(metric: str, selector: str) -> str:
    return f"{metric}{{{selector}}}" if selector else metric
