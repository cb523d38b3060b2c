"""Who may do what, and who sees which documents; knows nothing of HTTP nor of screens."""
