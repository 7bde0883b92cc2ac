"""The notifications in Home Assistant."""
