"""Feed heads in a Redis Cluster."""
