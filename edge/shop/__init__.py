"""The shop's decisions, made inside the transaction that records them."""
