"""Bill of materials of what runs (CycloneDX 1.6, JSON), and the licences it comes under."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assistant import __version__
from assistant.errors import AssistantError
from assistant.packaging.closure import direct_needs, project, runtime_closure

if TYPE_CHECKING:
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component

_CLASSIFIERS: Final = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: BSD License": "BSD",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: GNU Lesser General Public License v2 or later (LGPLv2+)": (
        "LGPL-2.1-or-later"
    ),
    "License :: OSI Approved :: The Unlicense (Unlicense)": "Unlicense",
}
_SAID: Final = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache": "Apache-2.0",
    "Apache-2": "Apache-2.0",
    "Apache 2.0 License": "Apache-2.0",
    "ISC License": "ISC",
    "PSFL": "PSF-2.0",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "The MIT License": "MIT",
    "new BSD License": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "BSD 3-Clause": "BSD-3-Clause",
    "Modified BSD": "BSD-3-Clause",
}
_LONGEST_NAME: Final = 60
"""Beyond, what a package gives as the name of its licence is a sentence of its text."""
_UNSAID: Final = "non déclarée"


class BillError(AssistantError):
    """The bill of materials does not follow its format."""

    code = "nomenclature"


def licence_of(distribution: metadata.Distribution) -> str:
    """Licence that a package declares: an SPDX expression where it is one."""
    expression = _head(distribution, "License-Expression")
    if expression:
        return expression
    # Some give the whole text instead of the name: its first line is then the name.
    said = _head(distribution, "License").strip().partition("\n")[0].strip()
    if said and said.upper() != "UNKNOWN" and len(said) <= _LONGEST_NAME:
        return _SAID.get(said, said)
    found = [
        _CLASSIFIERS.get(line, line.rpartition(" :: ")[2])
        for line in distribution.metadata.get_all("Classifier") or []
        if line.startswith("License ::") and line != "License :: OSI Approved"
    ]
    return " OR ".join(dict.fromkeys(found)) or _UNSAID


def _head(distribution: metadata.Distribution, name: str) -> str:
    """A line of what a package says of itself; empty when it says nothing."""
    return str((distribution.metadata.get_all(name) or [""])[0])


def model_facts(model: Path) -> dict[str, Any]:
    """What the folder of a model says of it: name, licence, origin, digests of its files."""
    try:
        facts: dict[str, Any] = json.loads((model / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        facts = {}
    return {"model": model.name, "licence": _UNSAID, "files": {}, **facts}


def bill_of_materials(*, model: Path, wheels: Mapping[str, str] | None = None) -> str:
    """The bill of materials, as JSON that its own schema accepts.

    Args:
        model: folder of the embedding model.
        wheels: SHA-256 of the wheels by file name, where they are at hand.

    Raises:
        BillError: the schema refuses it.
    """
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    bom = _bom(model, wheels or {})
    text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong is not None:
        said = str(getattr(wrong.data, "message", wrong))[:300]
        raise BillError(f"La nomenclature ne suit pas son format ({said}).")
    return text + "\n"


def _bom(model: Path, wheels: Mapping[str, str]) -> Bom:
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    licences = LicenseFactory()
    digests = {_wheel_key(name): digest for name, digest in wheels.items()}
    closure = runtime_closure()
    components: dict[str, Component] = {}
    for name, distribution in closure.items():
        digest = digests.get((name, distribution.version.split("+")[0]))
        components[name] = Component(
            type=ComponentType.LIBRARY,
            name=name,
            version=distribution.version,
            bom_ref=f"{name}@{distribution.version}",
            purl=PackageURL("pypi", name=name, version=distribution.version),
            description=_head(distribution, "Summary") or None,
            licenses=[licences.make_from_string(licence_of(distribution))],
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)] if digest else [],
        )
    facts = model_facts(model)
    models = Component(
        type=ComponentType.MACHINE_LEARNING_MODEL,
        name=facts["model"],
        bom_ref=f"modele:{facts['model']}",
        licenses=[licences.make_from_string(facts["licence"])],
        components=[
            Component(
                type=ComponentType.FILE,
                name=name,
                bom_ref=f"modele:{facts['model']}:{name}",
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=file["sha256"])],
            )
            for name, file in sorted(facts["files"].items())
        ],
    )
    table = project()
    root = Component(
        type=ComponentType.APPLICATION,
        name=table["name"],
        version=__version__,
        bom_ref=table["name"],
        description=table["description"],
        licenses=[licences.make_from_string(table["license"])],
    )
    bom = Bom(components=[*components.values(), models])
    bom.metadata.component = root
    wanted = {line.strip() for line in _direct_names(table)}
    bom.register_dependency(root, [*(components[one] for one in wanted & set(components)), models])
    for name, distribution in closure.items():
        needs = [components[one] for one in direct_needs(distribution, components)]
        bom.register_dependency(components[name], needs)
    return bom


def _direct_names(table: Mapping[str, Any]) -> list[str]:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    return [canonicalize_name(Requirement(line).name) for line in table["dependencies"]]


def _wheel_key(file_name: str) -> tuple[str, str]:
    """Name and public version of the package that a wheel holds."""
    from packaging.utils import canonicalize_name

    name, version = file_name.split("-")[:2]
    return canonicalize_name(name), version.split("+")[0]


def licence_report(*, model: Path) -> str:
    """Every component with its version and its licence, as Markdown in French."""
    rows = [
        (name, one.version, licence_of(one), _head(one, "Summary"))
        for name, one in runtime_closure().items()
    ]
    facts = model_facts(model)
    lines = [
        "# Licences",
        "",
        f"L’assistant (version {__version__}) est publié sous licence {project()['license']}. Il "
        f"s’appuie sur {len(rows)} bibliothèques, dont voici la licence telle que chacune la "
        "déclare ; leurs textes sont installés avec elles (dossiers « .dist-info »).",
        "",
        "| Composant | Version | Licence | Objet |",
        "|---|---|---|---|",
    ]
    for row in rows:
        cells = (cell.replace("|", "/").replace("\n", " ").strip() for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    source = facts.get("source", {}).get("package", "")
    lines += [
        "",
        "## Modèles",
        "",
        "| Modèle | Licence | Origine |",
        "|---|---|---|",
        f"| {facts['model']} | {facts['licence']} | {source or 'non déclarée'} |",
    ]
    return "\n".join(lines).replace(" ;", "\u202f;").replace("« ", "«\u00a0") + "\n"
