"""Orders that were paid elsewhere and are fetched here."""
