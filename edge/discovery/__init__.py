"""What is plugged in or announces itself in the shop's network, and which of it no device of the settings uses."""
