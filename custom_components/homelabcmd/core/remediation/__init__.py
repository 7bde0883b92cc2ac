"""Actions on servers: asked for, decided by a person, run once, and on record."""
