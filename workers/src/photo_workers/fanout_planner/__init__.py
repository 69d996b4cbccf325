"""posts.created -> ranges of followers on feed.fanout, or a pull range."""
