"""The box as a host: readiness, watchdog, logs, metrics."""
