"""Effects of runbooks on the cluster."""
