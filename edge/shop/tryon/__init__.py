"""What can be tried on at the mirrors of the shop."""
