"""From passages to an answer whose every sentence is proven, or to an honest refusal."""
