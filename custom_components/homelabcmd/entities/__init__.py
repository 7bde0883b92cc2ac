"""What the platforms share, and the tables of which sensors there are."""
