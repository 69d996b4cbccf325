"""The data of the benchmarks, generated with a fixed seed, so that all runs use the same."""
