"""What every deployable of PhotoPlatform shares: decisions, contracts, ports and the stores behind them.

Imports go one way, checked by import-linter: stores | streams -> ports -> messages -> domain.
The API, the workers and the operator import this package and never each other.
"""
