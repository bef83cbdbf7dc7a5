"""Which models look at the pictures of a store, as headquarters wants it."""
