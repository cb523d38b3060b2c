"""Documents that leave the assistant: one content, several formats."""
