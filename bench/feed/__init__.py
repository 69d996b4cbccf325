"""The figures of the feed engine, one module each; `bench.feed.catalog` lists them."""
