"""All servers together: the options, the totals, what they cost."""
