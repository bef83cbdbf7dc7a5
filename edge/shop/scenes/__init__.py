"""Light, climate and music as scenes; when the shop is open."""
