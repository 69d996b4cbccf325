"""The benchmarks: workloads, peers, one table out. Started by `make bench-feed` and `make bench`."""
