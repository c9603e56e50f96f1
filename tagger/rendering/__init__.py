"""Tagged sentences for people to read."""
