"""What is on the shelves and what of it may be promised."""
