"""One server."""
