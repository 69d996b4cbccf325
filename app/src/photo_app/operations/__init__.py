"""GET /v1/operations/{id}: how far a deletion is, surface by surface."""
