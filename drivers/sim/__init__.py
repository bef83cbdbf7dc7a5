"""Simulated devices, written from their manuals; they import none of our code."""
