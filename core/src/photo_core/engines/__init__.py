"""What pods and the operator agree on about each engine: one module per member of `Engine`, named after it."""
