"""The wires that drivers speak on: bytes in, bytes out, and when they are gone."""
