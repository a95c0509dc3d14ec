"""Benchmarks: `make bench`, `make bench-wait`. What they measure and how to read them: docs/performance.md."""
