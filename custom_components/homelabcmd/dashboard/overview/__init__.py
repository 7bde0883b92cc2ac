"""What the dashboard's pages are told: at once, and with each change."""
