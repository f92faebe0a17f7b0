"""One account lived through at random, from a seed: whatever happens in whatever order, the books are right."""
