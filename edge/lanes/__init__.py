"""Self-checkout lanes while they run: the terminal is asked here, because a decision waits for nobody."""
