"""The engine of the sovereign assistant for French health strategy."""

__version__ = "0.1.0"
