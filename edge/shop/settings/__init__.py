"""Settings that headquarters says too."""
