"""A report that can be checked: a manifest of its files, and a key that signs it.

`manifeste.json` holds the SHA-256 of every file of the folder, the conditions of the run and the
digest of its figures; `manifeste.sig` its Ed25519 signature (RFC 8032), when a key was given.
Checking also computes the figures again from the answers kept in `passage.json`: without a key
the hashes could have been made again after a change, the figures would then no longer agree.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from assistant.errors import AssistantError, StorageError, cause
from assistant.language.typography import typeset
from eval.records import Asked, Figures, Run

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

MANIFEST: Final = "manifeste.json"
SIGNATURE: Final = "manifeste.sig"
ANSWERS: Final = "passage.json"
REPORT: Final = "rapport.json"
_OURS: Final = (MANIFEST, SIGNATURE)

Signed = Literal["absente", "valide", "cle_inconnue", "autre_cle", "invalide"]


class SignatureError(AssistantError):
    """A key cannot be read or written, or a folder holds no signed report."""

    code = "signature"


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of a report since it was made.

    Attributes:
        intact, altered, missing: files of the manifest.
        added: files that it does not name.
        signature: `absente`; `valide`, by the key that was given; `cle_inconnue`, by the key that
            the manifest names, which nothing vouches for; `autre_cle`, by another key than the one
            given; `invalide`.
        figures_agree: whether figures computed again from the answers are those of the manifest
            and of the report; `None` when the answers cannot be read.
        lines: the same in French.
    """

    intact: tuple[str, ...]
    altered: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    signature: Signed
    figures_agree: bool | None
    lines: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing differs from what was made."""
        same = not (self.altered or self.missing or self.added)
        signed = self.signature in {"absente", "valide", "cle_inconnue"}
        return same and signed and self.figures_agree is True


def figures_digest(figures: Figures) -> str:
    """SHA-256 of figures."""
    return _digest(figures.model_dump(mode="json"))


def answers_digest(asked: Sequence[Asked]) -> str:
    """SHA-256 of all that quality figures are computed from.

    Times are left out, and the remarks on deadlines that depend on the day.
    """
    skipped: Any = {"wall_ms": True, "first_ms": True, "answer": {"timings_ms", "notes"}}
    return _digest([one.model_dump(mode="json", exclude=skipped) for one in asked])


def _digest(value: Any) -> str:
    said = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def sign(
    folder: Path,
    run: Run,
    asked: Sequence[Asked],
    figures: Figures,
    *,
    key: Path | None = None,
) -> Path:
    """Write the answers, the manifest, and its signature when there is a key.

    Args:
        folder: of a report just written; every file in it is taken in.
        run: the run.
        asked: its answers.
        figures: computed from them.
        key: file of a private key (`generate_key`).

    Returns:
        The manifest.

    Raises:
        SignatureError: the key cannot be read.
        StorageError: the disk refuses.
    """
    from eval.runs import exported

    private = None if key is None else read_private(key)
    try:
        for name in _OURS:
            (folder / name).unlink(missing_ok=True)
        (folder / ANSWERS).write_text(exported(run, asked), encoding="utf-8")
        manifest = {
            "format": 1,
            "run": run.id,
            "conditions_key": run.conditions.key,
            "conditions": run.conditions.model_dump(mode="json"),
            "answers_sha256": answers_digest(asked),
            "figures_sha256": figures_digest(figures),
            "public_key": None if private is None else _public_text(private.public_key()),
            "files": {name: _sha256(folder / name) for name in _files(folder)},
        }
        said = (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()
        (folder / MANIFEST).write_bytes(said)
        if private is not None:
            (folder / SIGNATURE).write_bytes(base64.b64encode(private.sign(said)) + b"\n")
    except OSError as error:
        raise StorageError(
            f"Le manifeste du rapport ne peut pas être écrit ({cause(error)}).",
            f"Vérifiez la place et les droits dans « {folder} ».",
        ) from error
    return folder / MANIFEST


def verify(folder: Path, public_key: Path | None = None) -> Verification:
    """Check a report against its manifest, and its figures against its answers.

    Args:
        folder: of the report.
        public_key: file of the key that must have signed it.

    Raises:
        SignatureError: there is no manifest, it cannot be read, or the key cannot.
    """
    manifest, raw = _manifest(folder)
    expected: dict[str, str] = manifest["files"]
    present = set(_files(folder))
    missing = tuple(sorted(expected.keys() - present))
    added = tuple(sorted(present - expected.keys()))
    kept = sorted(expected.keys() & present)
    altered = tuple(name for name in kept if _sha256(folder / name) != expected[name])
    intact = tuple(name for name in kept if name not in altered)
    signature = _signature(folder, manifest, raw, public_key)
    agree, remark = _figures(folder, manifest)
    lines = [
        *(f"✓ {name} : intact" for name in intact),
        *(f"✗ {name} : modifié depuis sa création" for name in altered),
        *(f"✗ {name} : absent du dossier" for name in missing),
        *(f"✗ {name} : ajouté au dossier" for name in added),
        _SIGNATURES[signature].format(key=manifest.get("public_key")),
        remark,
    ]
    said = tuple(typeset(line) for line in lines)
    return Verification(intact, altered, missing, added, signature, agree, said)


_SIGNATURES: Final[Mapping[Signed, str]] = {
    "absente": "• Le rapport n'est pas signé : le manifeste montre les accidents, pas une fraude.",
    "valide": "✓ Signature valide, par la clé donnée.",
    "cle_inconnue": "• Signature valide, par la clé {key} : comparez-la à celle de "
    "l'évaluateur, ou donnez-la par --cle.",
    "autre_cle": "✗ Signature faite par une autre clé que celle donnée.",
    "invalide": "✗ Signature invalide : le manifeste a été modifié, ou sa signature manque.",
}


def _signature(
    folder: Path, manifest: Mapping[str, Any], raw: bytes, public_key: Path | None
) -> Signed:
    named = manifest.get("public_key")
    wanted = None if public_key is None else read_public(public_key)
    if named is None and not (folder / SIGNATURE).is_file():
        return "absente" if wanted is None else "invalide"
    try:
        signature = base64.b64decode((folder / SIGNATURE).read_bytes().strip(), validate=True)
        key = _public_of(str(named))
    except (OSError, binascii.Error, ValueError):
        return "invalide"
    if not _signed_by(key, signature, raw):
        return "invalide"
    if wanted is None:
        return "cle_inconnue"
    return "valide" if _public_text(wanted) == named else "autre_cle"


def _signed_by(key: Ed25519PublicKey, signature: bytes, raw: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(signature, raw)
    except InvalidSignature:
        return False
    return True


def _figures(folder: Path, manifest: Mapping[str, Any]) -> tuple[bool | None, str]:
    """Whether figures computed again agree, and what to say of it."""
    from eval.figures import measure
    from eval.runs import RunInvalidError, read_exported
    from eval.sets import code_digest

    try:
        kept = read_exported((folder / ANSWERS).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, RunInvalidError):
        return None, f"✗ {ANSWERS} est illisible : les chiffres ne peuvent pas être recalculés."
    figures = measure(kept.asked, memory_peak_mb=kept.run.memory_peak_mb)
    if answers_digest(kept.asked) != manifest["answers_sha256"]:
        return False, f"✗ Les réponses de {ANSWERS} ne sont plus celles de l'évaluation."
    if kept.run.conditions.model_dump(mode="json") != manifest["conditions"]:
        return False, f"✗ Les conditions de {ANSWERS} ne sont plus celles du manifeste."
    if figures_digest(figures) != manifest["figures_sha256"]:
        said = "✗ Les chiffres recalculés depuis les réponses ne sont pas ceux du manifeste."
        if code_digest() != kept.run.conditions.code_sha256:
            said += " Le logiciel a changé depuis : recalculez avec la version de l'évaluation."
        return False, said
    shown = _reported(folder)
    if shown is not None and shown != figures.model_dump(mode="json"):
        return False, f"✗ Les chiffres de {REPORT} ne sont pas ceux que donnent les réponses."
    return True, "✓ Les chiffres, recalculés depuis les réponses conservées, concordent."


def _reported(folder: Path) -> Any:
    """The figures that the report shows, as JSON; `None` when it does not hold them whole."""
    try:
        return json.loads((folder / REPORT).read_text(encoding="utf-8")).get("figures")
    except (OSError, ValueError, AttributeError):
        return None


def _manifest(folder: Path) -> tuple[dict[str, Any], bytes]:
    if not (folder / MANIFEST).is_file():
        raise SignatureError(
            f"Le dossier « {folder} » ne contient pas de {MANIFEST}.",
            "Donnez le dossier d'un rapport fait par : assistant evaluer --rapport DOSSIER.",
        )
    try:
        raw = (folder / MANIFEST).read_bytes()
        found = json.loads(raw)
        known = isinstance(found["files"], dict) and found["format"] == 1
        whole = known and {"answers_sha256", "figures_sha256", "conditions"} <= found.keys()
    except (OSError, ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise SignatureError(
            f"Le fichier {MANIFEST} du dossier « {folder} » est illisible.",
            "Le rapport ne peut pas être vérifié : demandez-en une autre copie.",
        )
    return found, raw


def _files(folder: Path) -> list[str]:
    """Files of a folder and of those in it, by their path from it."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).as_posix() not in _OURS
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# Keys


def generate_key(path: Path) -> Path:
    """Make a key pair: `path`, private, readable by its owner only; the public one beside it.

    Returns:
        File of the public key, to hand to those who check.

    Raises:
        SignatureError: a file is already there: a key is never replaced.
        StorageError: the disk refuses.
    """
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public_path = path.with_suffix(".pub.pem")
    for taken in (path, public_path):
        if taken.exists():
            raise SignatureError(
                f"Le fichier « {taken} » existe déjà ; une clé n'est jamais remplacée.",
                "Donnez un autre nom.",
            )
    private = Ed25519PrivateKey.generate()
    said = private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    public = private.public_key().public_bytes(
        form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(said)
        public_path.write_bytes(public)
    except OSError as error:
        raise StorageError(
            f"La clé ne peut pas être écrite ({cause(error)}).",
            f"Vérifiez les droits sur « {path.parent} ».",
        ) from error
    return public_path


def read_private(path: Path) -> Ed25519PrivateKey:
    """A private key from its PEM file.

    Raises:
        SignatureError: it cannot be read, or is of another kind.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _bad_key(path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _bad_key(path)
    return key


def read_public(path: Path) -> Ed25519PublicKey:
    """A public key from its PEM file.

    Raises:
        SignatureError: it cannot be read, or is of another kind.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise _bad_key(path) from error
    if not isinstance(key, Ed25519PublicKey):
        raise _bad_key(path)
    return key


def _bad_key(path: Path) -> SignatureError:
    return SignatureError(
        f"Le fichier « {path} » n'est pas une clé Ed25519 au format PEM, sans mot de passe.",
        "Créez une paire de clés : assistant evaluer cle CLE.pem.",
    )


def _public_text(key: Ed25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes_raw()).decode("ascii")


def _public_of(text: str) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
