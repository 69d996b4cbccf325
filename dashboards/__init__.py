"""Lists the Grafana dashboards; `python -m hack generate` writes them to dashboards/generated.

The operator's chart installs them as ConfigMaps, which Grafana's sidecar finds.
"""

from dashboards import engines, feed, media, operator, overview, scaling
from dashboards.parts import Board

BOARDS: tuple[Board, ...] = (
    overview.BOARD,
    feed.BOARD,
    scaling.BOARD,
    media.BOARD,
    engines.BOARD,
    operator.BOARD,
)
