"""Who shops here, by pseudonym only: codes, points, stored value."""
