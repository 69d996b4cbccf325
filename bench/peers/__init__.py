"""Peers that the platform is compared with. Each was tuned before the platform was measured and is one process."""
