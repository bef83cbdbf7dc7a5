"""Findings: what a picture shows. The inference itself is not part of the box yet; the folder holds its place in the layers."""
