"""Settings: what is plugged in and where."""
