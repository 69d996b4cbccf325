"""Feeds put together from ports: timelines read many at a time, heads rebuilt. Shared by the API and the workers."""
