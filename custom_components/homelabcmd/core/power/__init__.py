"""What a server draws, how much energy that is, and what it costs."""
