"""Lights, climate, plugs, sensors and music, each in its own dialect."""
