"""Benchmarks of medsettle and of hand-written rivals on one policy and one set of claims."""
