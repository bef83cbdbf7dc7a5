"""Consent to being recognised by face, and the sealed templates that stand on it."""
