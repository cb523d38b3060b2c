"""Follow-up of a committee from its successive minutes: what was decided, who does what, when."""
