"""What the shop sells and for how much: goods, prices that begin at a moment, menus, search."""
