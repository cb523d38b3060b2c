"""What is loaded while the assistant serves: deposits, ingestions under way, removals."""
