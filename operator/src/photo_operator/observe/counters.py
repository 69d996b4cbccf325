"""How much a Prometheus counter rose between two scrapes; used wherever pods' reports are compared."""


def increase(before: float, now: float) -> float:
    """Return how much a counter rose; one that fell was reset by a restart."""
    return now - before if now >= before else now
