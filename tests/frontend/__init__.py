"""The pure parts of the dashboard's modules."""
