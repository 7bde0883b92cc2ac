"""What is done to servers, and who decided."""
