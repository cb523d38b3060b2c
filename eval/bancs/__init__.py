"""Benchmarks and drills: how fast files are read, what hostile ones cost, what a kill loses."""
