"""The contracts on Kafka: topics, groups and the versioned structs that they carry."""
