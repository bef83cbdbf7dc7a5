"""What cameras see of a shop, as counts: without it a shopkeeper guesses who came, where they went, how long they waited."""
