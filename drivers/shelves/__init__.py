"""Shelves that notice what is taken."""
