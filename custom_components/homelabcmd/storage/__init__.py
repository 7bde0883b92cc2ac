"""Private files, saved soon and read whatever they hold."""
