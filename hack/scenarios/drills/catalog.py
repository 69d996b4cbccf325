"""The closed list of drills, one per runbook, in the order in which `make drill` runs them."""

from hack.scenarios.drills import (
    celebrity_cascade,
    database_slow,
    encode_stuck,
    fanout_backlog,
    feed_cache_down,
    object_store_down,
)
from hack.scenarios.drills.model import Drill

DRILLS: dict[str, Drill] = {
    module.DRILL.runbook: module.DRILL
    for module in (
        feed_cache_down,
        object_store_down,
        database_slow,
        fanout_backlog,
        celebrity_cascade,
        encode_stuck,
    )
}
