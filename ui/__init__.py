"""Gradio interface: one module per tab, no business rule inside."""

from ui.startup import skip_stub_generation

# Whatever module of this package comes first, Gradio comes after.
skip_stub_generation()
