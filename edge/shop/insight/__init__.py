"""What the day looks like, asked of the tables."""
