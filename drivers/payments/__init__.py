"""Payments that no card terminal takes: the codes of wallets, at the gateway of their maker."""
