"""Who came, where they went and how long they stayed, as the cameras count it."""
