"""In-memory implementations of every port, for fast tests; the contract suites hold them to the real ones."""
