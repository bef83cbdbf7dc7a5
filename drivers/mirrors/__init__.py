"""Mirrors and kiosks: screens that shoppers touch."""
