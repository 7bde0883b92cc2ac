"""The actions on servers inside Home Assistant."""
