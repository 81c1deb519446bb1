"""Benchmarks: commands of their own, never timed assertions in the tests. `make bench` runs them."""
