"""Who did what, when, on what: a log to which one only adds, and whose every change shows."""
