"""The entities: what they show, when they write it, and the tables of them."""
