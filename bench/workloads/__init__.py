"""The data that is measured on: generated, with a fixed seed, so that every run means the same."""
