"""The benchmarks: they measure the platform and its peers on the same workloads. Started by `make bench`."""
