"""Self-checkout: a lane without a till, at which shoppers scan, weigh and pay by themselves."""
