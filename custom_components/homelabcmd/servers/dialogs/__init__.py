"""The dialogs of a server; each is a part of one flow."""
