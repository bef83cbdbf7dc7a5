"""Decisions: what readings and findings mean in a shop; runs, watches and shows everything."""
