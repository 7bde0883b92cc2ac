"""Actions on servers in Home Assistant: asked for, approved, delivered, followed."""
