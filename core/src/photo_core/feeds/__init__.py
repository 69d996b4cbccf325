"""Feeds put together from ports: pages, timelines, rebuilds, what a process holds. Shared by API and workers."""
