"""The dashboard in the sidebar; frontend/ holds the files of its strategy."""
