"""What the dashboard is told, inside Home Assistant."""
