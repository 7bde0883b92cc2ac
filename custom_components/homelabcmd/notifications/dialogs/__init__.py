"""The dialogs of the targets."""
