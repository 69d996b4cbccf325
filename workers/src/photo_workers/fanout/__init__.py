"""feed.fanout -> feeds in Redis."""
