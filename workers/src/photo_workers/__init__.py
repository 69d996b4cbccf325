"""The Kafka consumers: one package a worker, all of them in `registry`. Imports photo_core only."""
