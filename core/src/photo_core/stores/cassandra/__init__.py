"""Cassandra behind its ports: posts and timelines, the outbox, reservations, media records."""
