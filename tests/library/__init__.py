"""Tests of the library: deposits, work on the index, removals."""
