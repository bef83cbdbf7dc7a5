"""The reference cloud: receives events, keeps them in a sink, publishes documents."""
