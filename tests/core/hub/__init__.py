"""All servers together."""
