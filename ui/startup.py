"""Halve the time Gradio takes to import, and keep it from writing where it is installed.

At each import Gradio parses the source of its eighty components to regenerate the `.pyi`
files that editors read, and writes them beside its code. A server needs none of it: measured
on two cores with Gradio 6.31, it is half of the import.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType

MODULE = "gradio.component_meta"
FUNCTION = "create_or_modify_pyi"


class _WithoutStubs(importlib.abc.Loader):
    """Loads the module as usual, then empties the function that writes the stubs."""

    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """Leave it to the usual loader."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module; a version of Gradio without the function is left as it is."""
        self._loader.exec_module(module)
        if hasattr(module, FUNCTION):
            setattr(module, FUNCTION, lambda *_, **__: None)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds that one module only; every other import goes its usual way."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Wrap the usual loader of the module."""
        if fullname != MODULE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _WithoutStubs(spec.loader)
        return spec


def skip_stub_generation() -> None:
    """Make the coming import of Gradio skip its stubs; without effect once it is imported."""
    if MODULE not in sys.modules and not any(isinstance(item, _Finder) for item in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
