"""What the hub has approved for this server: taken over, done once, and reported."""
