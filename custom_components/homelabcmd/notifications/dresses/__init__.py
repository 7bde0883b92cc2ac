"""How a letter looks at each kind of target."""
