"""Makes custom_components a package, so that tests find this one and no other."""
