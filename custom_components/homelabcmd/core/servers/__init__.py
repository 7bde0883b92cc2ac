"""One server: who it is, what it reports, what is remembered of it."""
