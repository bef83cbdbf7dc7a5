"""The point of sale: tills."""
