"""The desired children of a platform: pure functions from the spec and observations to manifests."""
