"""Readings and commands: what a device said, and what it can be asked."""
