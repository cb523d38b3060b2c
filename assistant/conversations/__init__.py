"""Conversations kept on this machine: what was asked, what was shown, whether it still holds."""
