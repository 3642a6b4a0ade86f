"""Benchmarks: every figure beside the trivial signed-in page of the same server, in the same run."""
