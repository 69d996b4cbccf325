"""The feed: the layout of its head in Redis, and the assembly of pages from the head and author timelines."""
