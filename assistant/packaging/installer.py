#!/usr/bin/env python3
"""Installe l'assistant sur une machine sans réseau, depuis ce dossier.

    python3 installer.py DOSSIER        vérifie tout, puis installe dans DOSSIER
    python3 installer.py --verifier     vérifie seulement

Standard library only: this file is copied at the root of the bundle and runs before anything is
installed. Nothing is written before every checksum has been compared.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

SUMS = "SHA256SUMS"
MANIFEST = "manifeste.json"
WHEELS = "paquets"
SOURCE = "source"
MODELS = "modeles"
STATE = "etat"

_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_WINDOWS = os.name == "nt"
_CHECK = """
from assistant.index.embedding import open_embedding
from assistant.settings import Settings
model = open_embedding(Settings().embedding_model, threads=1)
assert len(model.embed_documents(["Un essai."])[0]) == model.dimension
"""


class BundleError(Exception):
    """The bundle cannot be used: what happened and what to do, in French."""

    def __init__(self, message: str, remedy: str = "", details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.details = details


# Checking


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_sums(content: bytes) -> dict[str, str]:
    """Digest by path, from the content of `SHA256SUMS`.

    Raises:
        BundleError: a line is not one that this software writes.
    """
    sums: dict[str, str] = {}
    try:
        lines = content.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise _untrue(f"« {SUMS} » est illisible") from error
    if lines[-1]:
        raise _untrue(f"« {SUMS} » est incomplet")
    for line in lines[:-1]:
        found = _LINE.fullmatch(line)
        if found is None or found[2] in sums:
            raise _untrue(f"« {SUMS} » est illisible")
        sums[found[2]] = found[1]
    return sums


def compare(sums: Mapping[str, str], found: Mapping[str, str]) -> None:
    """Compare what was announced with what is there.

    Raises:
        BundleError: a file is missing, unexpected or changed; the first ten are named.
    """
    wrong = [f"absent : {path}" for path in sums if path not in found]
    wrong += [f"en trop : {path}" for path in found if path not in sums]
    wrong += [f"modifié : {path}" for path in sums if found.get(path, sums[path]) != sums[path]]
    if wrong:
        more = f"\n… et {len(wrong) - 10} autre(s)" if len(wrong) > 10 else ""
        raise _untrue(f"{len(wrong)} fichier(s) ne correspondent pas", "\n".join(wrong[:10]) + more)


def verify(folder: Path) -> str:
    """Check a bundle, file by file, without changing anything.

    Returns:
        Its fingerprint: the SHA-256 of `SHA256SUMS`, to be compared with the one that was told
        when the bundle was made.

    Raises:
        BundleError: it is not complete, or not as it was made.
    """
    try:
        content = (folder / SUMS).read_bytes()
    except OSError as error:
        raise _untrue(f"« {SUMS} » est absent") from error
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise _untrue("il contient autre chose que des fichiers", f"en trop : {name}")
        if path.is_file() and name != SUMS:
            found[name] = digest_of(path)
    compare(read_sums(content), found)
    return hashlib.sha256(content).hexdigest()


def _untrue(message: str, details: str = "") -> BundleError:
    return BundleError(
        f"Le paquet n'est pas celui qui a été préparé : {message}.",
        "Copiez-le de nouveau depuis la machine qui l'a préparé ; rien n'a été installé.",
        details,
    )


# Installing


def this_platform() -> dict[str, str]:
    """What the wheels of a bundle depend on."""
    return {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "systeme": sys.platform,
        "machine": platform.machine().lower(),
    }


def check_platform(manifest: Mapping[str, object]) -> None:
    """Refuse a machine for which the bundle was not made.

    Raises:
        BundleError: it was made for another one.
    """
    wanted, here = manifest.get("plateforme"), this_platform()
    if wanted != here:
        said = " ".join(str(value) for value in dict(wanted).values()) if wanted else "?"  # type: ignore[call-overload]
        raise BundleError(
            f"Ce paquet est fait pour : Python {said} ; ici : Python {' '.join(here.values())}.",
            "Lancez-le avec la même version de Python, ou préparez un paquet sur une machine "
            "semblable à celle-ci.",
        )


def install(folder: Path, target: Path, manifest: Mapping[str, object]) -> None:
    """Install a bundle that has been verified.

    Args:
        folder: the bundle.
        target: where to install; absent or empty.
        manifest: its manifest.

    Raises:
        BundleError: a step failed; what it wrote is removed.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BundleError(
            f"« {target} » existe déjà et n'est pas vide.",
            "Choisissez un autre dossier : une installation ne se fait pas par-dessus une autre.",
        )
    try:
        _install(folder, target, manifest)
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise BundleError(
            f"L'écriture dans « {target} » a échoué ({error.strerror or error}).",
            "Vérifiez les droits et la place libre (3 Go), puis relancez.",
        ) from error
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def _install(folder: Path, target: Path, manifest: Mapping[str, object]) -> None:
    _say("Copie du logiciel et des modèles…")
    shutil.copytree(folder / SOURCE, target, dirs_exist_ok=True)
    shutil.copytree(folder / MODELS, target / "models")
    shutil.copy2(folder / "nomenclature.cdx.json", target)
    shutil.copy2(folder / "licences.md", target)
    _say("Création de l'environnement Python…")
    environment = target / ".venv"
    _run([sys.executable, "-m", "venv", "--without-pip", str(environment)], target)
    scripts = environment / ("Scripts" if _WINDOWS else "bin")
    python = str(scripts / ("python.exe" if _WINDOWS else "python"))
    wheels = (folder / WHEELS).resolve()
    # A wheel of pip runs as it is: no need of ensurepip, which Debian ships apart.
    own_pip = next(wheels.glob("pip-*.whl"))
    offline = ["--isolated", "--no-input", "--disable-pip-version-check", "install", "--quiet"]
    offline += ["--no-index", "--find-links", str(wheels), "--no-cache-dir", "--no-compile"]
    _run([python, f"{own_pip}{os.sep}pip", *offline, "pip"], target)
    _say("Installation des bibliothèques (une à deux minutes)…")
    pins = str(target / "requirements.txt")
    _run([python, "-m", "pip", *offline, "--no-deps", "-r", pins], target)
    options = ["--no-deps", "--no-build-isolation", "--editable", str(target)]
    _run([python, "-m", "pip", *offline, *options], target)
    assistant = scripts / ("assistant.exe" if _WINDOWS else "assistant")
    if manifest.get("verification", True):
        _say("Essai du modèle…")
        _run([python, "-c", _CHECK], target)
        _run([str(assistant), "--version"], target)
    state = sorted((folder / STATE).glob("*.tar")) if (folder / STATE).is_dir() else []
    for archive in state:
        _say("Mise en place des documents et de leur index…")
        _run([str(assistant), "restaurer", str(archive.resolve())], target)
    _tell_next(target, assistant, restored=bool(state))


def _tell_next(target: Path, assistant: Path, *, restored: bool) -> None:
    _say(f"\nInstallé dans « {target} ». Pour la suite :")
    _say(f"  cd {target}")
    command = assistant.relative_to(target)
    if not restored:
        demo = Path("corpus") / "demo" / "pdf"
        _say(f"  {command} ingerer {demo}     (l'exemple fourni, ou le dossier de vos documents)")
    _say(f"  {command} demarrer")


def _run(command: Sequence[str], cwd: Path) -> None:
    """Run a step without what the machine sets for pip or Python."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "PYTHON", "ASSISTANT_", "VIRTUAL_ENV"))
    }
    kept["PIP_CONFIG_FILE"] = os.devnull
    done = subprocess.run(  # noqa: S603 (our own steps, no shell)
        command,
        cwd=cwd,
        env=kept,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise BundleError(
            "Une étape de l'installation a échoué.",
            "Corrigez la cause dite plus haut, puis relancez : rien n'est resté sur le disque.",
            "\n".join(lines[-15:]),
        )


def _say(text: str) -> None:
    print(text, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; returns the exit code."""
    parser = argparse.ArgumentParser(
        description="Installe l'assistant sur une machine sans réseau.",
        usage="python3 installer.py DOSSIER | --verifier [--empreinte SHA256]",
    )
    parser.add_argument("dossier", nargs="?", type=Path, help="où installer l'assistant")
    parser.add_argument("--verifier", action="store_true", help="vérifier le paquet seulement")
    parser.add_argument("--empreinte", help="empreinte dite lors de la préparation du paquet")
    options = parser.parse_args(sys.argv[1:] if arguments is None else arguments)
    folder = Path(__file__).resolve().parent
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if (options.dossier is None) is not options.verifier:
        parser.error("donnez un DOSSIER, ou --verifier")
    try:
        if sys.version_info < (3, 11):  # noqa: UP036 (an older Python may well run this file)
            raise BundleError(
                f"Il faut Python 3.11 ou plus récent ; celui-ci est le {platform.python_version()}."
            )
        _say("Vérification du paquet…")
        fingerprint = verify(folder)
        if options.empreinte and options.empreinte.lower() != fingerprint:
            raise _untrue("son empreinte n'est pas celle qui est attendue", fingerprint)
        _say(f"Paquet intact. Empreinte : {fingerprint}")
        if options.dossier is not None:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            check_platform(manifest)
            install(folder, options.dossier.resolve(), manifest)
    except BundleError as error:
        if error.details:
            print(error.details, file=sys.stderr)
        print(f"Échec : {error.message}\n→ {error.remedy}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
