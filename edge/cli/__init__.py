"""The commands of ``storebox``, one file for each group; each imports what it needs when it runs."""
