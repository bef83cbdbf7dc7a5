"""Cameras as sources of pictures; their bytes are read in a process of their own."""
