"""What the platform is compared with, each tuned before the platform was measured; each runs as its own process."""
