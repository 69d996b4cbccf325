"""PostgreSQL behind its ports: accounts, the follow graph, revoked sessions, worker-id leases."""
