"""Kafka behind the event ports."""
