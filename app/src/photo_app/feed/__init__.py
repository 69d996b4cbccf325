"""GET /v1/feed: from the head in Redis when it is proven whole, else from author timelines."""
