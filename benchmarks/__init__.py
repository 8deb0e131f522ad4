"""Benchmarks: `make bench`. Every figure is printed beside a ceiling measured in the same run."""
