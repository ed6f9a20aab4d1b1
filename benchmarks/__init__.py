"""Benchmarks: how long training and features take here, compared with other implementations of the same."""
