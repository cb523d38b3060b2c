"""The offline bundle: all that another machine of the same kind needs, with its checksums.

Made on a connected machine by `assistant paquet`, it is installed by its own `installer.py`
(`assistant/packaging/installer.py`, standard library only), which verifies everything first.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import HeaderParser
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import IO, Final

from assistant import __version__
from assistant.errors import AssistantError, ModelMissingError, StorageError, cause
from assistant.packaging import installer
from assistant.settings import REPOSITORY

FORMAT: Final = 1
BILL: Final = "nomenclature.cdx.json"
LICENCES: Final = "licences.md"

SHIPPED: Final = (
    "assistant",
    "ui",
    "eval",
    "prompts",
    "docs",
    "deploy",
    "corpus/README.md",
    "corpus/catalogue.toml",
    "corpus/demo",
    "index/README.md",
    "lancer.py",
    "pyproject.toml",
    "requirements.txt",
    "requirements-dev.txt",
    "README.md",
    "LISEZMOI.md",
    "CHANGELOG.md",
    "LICENSE",
)
"""What is taken of the source tree; what is absent of it is passed over."""

_README: Final = """Assistant souverain pour la stratégie de santé – paquet hors ligne

Sur la machine sans réseau, avec la même version de Python que celle du paquet :

    python3 installer.py --verifier         vérifie chaque fichier
    python3 installer.py DOSSIER            vérifie, puis installe dans DOSSIER

L'empreinte affichée doit être celle qu'a dite la préparation du paquet : faites-la parvenir
autrement que le paquet lui-même. Les licences sont dans licences.md, la nomenclature des
composants dans nomenclature.cdx.json (CycloneDX 1.6).
"""

Wheels = Callable[[Path], None]
"""Puts the wheels of the locked versions, and one of pip, in a folder."""
Note = Callable[[str], None]
"""Told, in French, what is being done."""


class PackageError(AssistantError):
    """The offline bundle cannot be made, or is not what was made."""

    code = "paquet"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle just made.

    Attributes:
        path: the folder or the tar file.
        fingerprint: SHA-256 of its list of checksums, to be told by another way than the bundle.
        files: number of files.
        size: bytes.
    """

    path: Path
    fingerprint: str
    files: int
    size: int


def make_bundle(
    target: Path,
    *,
    model: Path,
    wheels: Wheels | None = None,
    state: Path | None = None,
    root: Path = REPOSITORY,
    note: Note = lambda _: None,
) -> Bundle:
    """Make the offline bundle of this platform.

    Args:
        target: a `.tar` file, or a folder; absent, or an empty folder.
        model: folder of the embedding model.
        wheels: where the wheels come from; by default the package registry.
        state: a backup to put in place at installation (`assistant sauvegarder`).
        root: the source tree.
        note: told of each step.

    Raises:
        PackageError: the target exists, or a wheel is missing or is a CUDA build.
        ModelMissingError: the model is not there.
        StorageError: the disk is full or refuses.
    """
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise PackageError(
            f"« {target} » existe déjà.", "Choisissez un autre nom, ou supprimez-le d'abord."
        )
    if not (model / "manifest.json").is_file():
        raise ModelMissingError(
            f"Le modèle de représentation n'est pas dans « {model} ».",
            "Installez-le d'abord : python3 lancer.py --sans-demarrer.",
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".paquet-", dir=target.parent) as folder:
            work = Path(folder) / target.name.removesuffix(".tar")
            work.mkdir()
            _fill(work, root, model, wheels or download_wheels, state, note)
            note("calcul des sommes de contrôle")
            bundle = _seal(work, target)
            if target.suffix == ".tar":
                note("écriture du fichier")
                packed = Path(folder) / "paquet.tar"
                _pack(work, packed)
                packed.replace(target)
            else:
                if target.exists():
                    target.rmdir()
                work.replace(target)
        return bundle
    except OSError as error:
        raise StorageError(
            f"Le paquet n'a pas pu être écrit ({cause(error)}).",
            "Libérez de la place (2 Go) ou vérifiez les droits, puis relancez.",
        ) from error


def verify_bundle(path: Path) -> str:
    """Check a bundle, folder or tar file, without unpacking it; returns its fingerprint.

    Raises:
        PackageError: a file is changed, missing or unexpected.
    """
    try:
        return _verify_tar(path) if path.is_file() else installer.verify(path)
    except installer.BundleError as error:
        details = f" {error.details.replace(chr(10), ' ; ')}." if error.details else ""
        raise PackageError(f"{error.message}{details}", error.remedy) from error
    except (OSError, tarfile.TarError) as error:
        raise PackageError(
            f"« {path} » n'est pas un paquet lisible.",
            "Donnez le dossier ou le fichier .tar écrit par « assistant paquet ».",
        ) from error


def download_wheels(folder: Path) -> None:
    """Fetch the locked versions for this platform, PyTorch in its processor build.

    Raises:
        PackageError: the registry does not answer or lacks one of them.
    """
    launcher = _launcher()
    pins = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    others = [line for line in pins if line.split("==")[0] != "torch"]
    common = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    common += ["wheel", "--no-deps", "--quiet", "--wheel-dir", str(folder)]
    with tempfile.TemporaryDirectory() as scratch:
        listed = Path(scratch) / "requirements.txt"
        listed.write_text("\n".join(others), encoding="utf-8")
        _pip([*common, "pip", "-r", str(listed)], launcher)
        _pip([*common, *launcher.torch_source(sys.executable), launcher.TORCH], launcher)


def _pip(command: list[str], launcher: ModuleType) -> None:
    done = subprocess.run(  # noqa: S603 (our own arguments, no shell)
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).strip().splitlines()
        last = next((line for line in reversed(lines) if "ERROR" in line), "cause inconnue")
        raise PackageError(
            f"Une bibliothèque n'a pas pu être téléchargée ({last[:300]}).",
            launcher.network_remedy(lines),
        )


def _launcher() -> ModuleType:
    """`lancer.py`: it alone knows which build of PyTorch is wanted, and where it is."""
    spec = importlib.util.spec_from_file_location("lancer", REPOSITORY / "lancer.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("lancer", module)  # its data classes look themselves up
    spec.loader.exec_module(module)
    return module


def _fill(
    work: Path, root: Path, model: Path, wheels: Wheels, state: Path | None, note: Note
) -> None:
    from assistant.packaging.sbom import bill_of_materials, licence_report

    note("téléchargement des bibliothèques")
    folder = work / installer.WHEELS
    folder.mkdir()
    wheels(folder)
    _check_wheels(folder)
    note("copie du logiciel et des modèles")
    for name in SHIPPED:
        _copy(root / name, work / installer.SOURCE / name)
    shutil.copytree(model, work / installer.MODELS / "e5-small")
    if state is not None:
        (work / installer.STATE).mkdir()
        shutil.copy2(state, work / installer.STATE / "sauvegarde.tar")
    shutil.copy2(Path(installer.__file__), work / "installer.py")
    note("nomenclature et licences")
    digests = {path.name: installer.digest_of(path) for path in folder.iterdir()}
    (work / BILL).write_text(bill_of_materials(model=model, wheels=digests), encoding="utf-8")
    (work / LICENCES).write_text(licence_report(model=model), encoding="utf-8")
    (work / "LISEZMOI.txt").write_text(_README, encoding="utf-8")
    manifest = {
        "format": FORMAT,
        "assistant": __version__,
        "cree": datetime.now(UTC).isoformat(timespec="seconds"),
        "plateforme": installer.this_platform(),
        "bibliotheques": sorted(digests),
        "etat": state is not None,
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (work / installer.MANIFEST).write_text(text + "\n", encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*"))
    elif source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _check_wheels(folder: Path) -> None:
    """Refuse a bundle that could not install, or that would bring gigabytes of CUDA.

    Raises:
        PackageError: there is no wheel of pip, or one is a CUDA build.
    """
    names = [path.name for path in folder.iterdir()]
    if not any(name.startswith("pip-") for name in names):
        raise PackageError("Le paquet n'a pas pu être préparé : pip est absent.")
    cuda = [name for name in names if name.lower().startswith(("nvidia_", "cuda_", "triton"))]
    for path in folder.glob("torch-*.whl"):
        needs = _wheel_needs(path)
        if "+cu" in path.name or any(need.startswith(("nvidia-", "cuda-")) for need in needs):
            cuda.append(path.name)
    if cuda:
        raise PackageError(
            f"Une version pour cartes NVIDIA a été proposée ({', '.join(sorted(cuda))}).",
            "Autorisez l'accès à download.pytorch.org, ou indiquez par PIP_FIND_LINKS le dossier "
            "de la version « +cpu » de PyTorch.",
        )


def _wheel_needs(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as wheel:
        name = next(one for one in wheel.namelist() if one.endswith(".dist-info/METADATA"))
        head = HeaderParser().parsestr(wheel.read(name).decode("utf-8"))
    return [need.lower() for need in head.get_all("Requires-Dist") or []]


def _seal(work: Path, target: Path) -> Bundle:
    paths = sorted(path for path in work.rglob("*") if path.is_file())
    lines = [f"{installer.digest_of(path)}  {path.relative_to(work).as_posix()}" for path in paths]
    content = ("\n".join(lines) + "\n").encode()
    (work / installer.SUMS).write_bytes(content)
    size = sum(path.stat().st_size for path in paths) + len(content)
    return Bundle(target, sha256(content).hexdigest(), len(paths) + 1, size)


def _pack(work: Path, target: Path) -> None:
    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mode = 0o755 if member.isdir() else 0o644
        return member

    with tarfile.open(target, "w") as archive:
        archive.add(work, arcname=work.name, filter=plain)


def _verify_tar(path: Path) -> str:
    found: dict[str, str] = {}
    content = b""
    with tarfile.open(path, "r:") as archive:
        for member in archive:
            name = member.name.partition("/")[2]
            if member.isdir():
                continue
            if not member.isreg():
                raise installer.BundleError(
                    "Le paquet contient autre chose que des fichiers.",
                    "Ne l'installez pas.",
                    member.name,
                )
            with _opened(archive, member) as stream:
                if name == installer.SUMS:
                    content = stream.read()
                else:
                    found[name] = sha256_of(stream)
    installer.compare(installer.read_sums(content), found)
    return sha256(content).hexdigest()


@contextmanager
def _opened(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[IO[bytes]]:
    stream = archive.extractfile(member)
    assert stream is not None  # a regular file has a content
    with stream:
        yield stream


def sha256_of(stream: IO[bytes]) -> str:
    """SHA-256 of what is left of a stream, in hexadecimal."""
    digest = sha256()
    while block := stream.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()
