"""Findings: what a picture shows, by models that are known by their digests; no picture and no vector leaves the folder."""
