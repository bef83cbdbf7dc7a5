"""Members recognised by face: only with consent, only when asked, only on the box. Off until a shop configures it."""
