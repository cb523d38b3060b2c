"""Question sets, metrics and benchmarks."""
