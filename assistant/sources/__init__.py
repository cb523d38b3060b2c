"""The list of public sources, and the one command that may fetch them."""
