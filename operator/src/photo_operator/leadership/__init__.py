"""One leader of many: a Lease, and a fence before every write."""
