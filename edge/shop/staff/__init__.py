"""Who works here: the roster, messages and tasks, who served whom."""
