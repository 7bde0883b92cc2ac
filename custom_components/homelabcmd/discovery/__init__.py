"""Finding machines in the home network, and remembering them."""
