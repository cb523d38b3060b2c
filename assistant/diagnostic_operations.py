"""Checks of what keeps a service safe over time: rights, traces, files of its own."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from assistant.checks import Check
from assistant.settings import Settings
from assistant.sqlite_file import read_only

_SOON_S: Final = 14 * 86_400
_BUILT: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""Before this, the clock of the machine was never set."""


def check_journal(settings: Settings) -> Check:
    """The chain of the audit log is sound, sealed, and can go on."""
    from assistant.audit.model import Action
    from assistant.audit.store import open_log

    name = "journal d'audit"
    log = open_log(settings)
    if log is None:
        return Check(name, "attention", "Il n'est pas tenu.", "Activez l'option audit.")
    verdict = log.verify()
    if not verdict.sound:
        return Check(
            name,
            "erreur",
            f"La chaîne est rompue : {verdict.faults[0]}",
            "Mettez une copie du fichier de côté ; le détail : assistant journal verifier.",
        )
    if log.path.exists() and not os.access(log.path, os.W_OK):
        return Check(name, "erreur", "Il ne peut pas être écrit.", f"Vérifiez {log.path}.")
    message = f"{verdict.entries} entrées, chaîne intacte"
    lost = sum(
        int(str(entry.event.details.get("nombre", 0))) for entry in log.entries(action=Action.LOST)
    )
    if lost:
        return Check(
            name,
            "attention",
            f"{message} ; {lost} entrées n'ont pas pu être écrites (disque plein ou refusé).",
            'Surveillez la place du disque ; pour refuser plutôt : audit_failure = "refuser".',
        )
    if settings.audit_key_file is None and settings.sign_in != "aucune":
        return Check(
            name,
            "attention",
            f"{message}, mais sans clé : qui peut écrire le fichier peut le refaire en entier.",
            "Donnez une clé (audit_key_file), ou notez ailleurs la dernière empreinte.",
        )
    return Check(name, "ok", f"{message}.")


def check_permissions(settings: Settings) -> Check:
    """No other account of the machine reads or changes what people typed."""
    name = "droits des fichiers"
    open_ = [path.name for path in _private(settings) if _mode(path) & 0o077]
    if settings.audit_key_file is not None and settings.audit_key_file.exists():
        key = settings.audit_key_file
        if _mode(key) & 0o077:
            open_.append(key.name)
        if key.resolve().is_relative_to(settings.index_dir.resolve()):
            return Check(
                name,
                "attention",
                "La clé du journal est dans le dossier qu'elle doit protéger.",
                "Placez-la ailleurs, lisible par le seul compte du service.",
            )
    if settings.index_dir.exists() and _mode(settings.index_dir) & 0o002:
        return Check(
            name,
            "erreur",
            f"Tout compte de la machine peut écrire dans « {settings.index_dir} ».",
            f"chmod o-w {settings.index_dir}",
        )
    if open_:
        return Check(
            name,
            "erreur",
            f"Lisibles par d'autres comptes : {', '.join(sorted(open_))}.",
            "chmod 600 sur ces fichiers.",
        )
    return Check(name, "ok", "Ce que les personnes écrivent n'est lisible que par ce compte.")


def check_listening(settings: Settings) -> Check:
    """Nobody reaches the service from elsewhere without signing in."""
    from assistant.api.security import LOOPBACK_NAMES

    name = "écoute et connexion"
    local = settings.host in LOOPBACK_NAMES or settings.host.startswith("127.")
    if settings.sign_in == "aucune" and not local:
        return Check(
            name,
            "erreur",
            f"L'écoute sur {settings.host} sans connexion est refusée.",
            "Choisissez sign_in (cles, mandataire ou oidc), ou gardez 127.0.0.1.",
        )
    if settings.sign_in == "aucune":
        return Check(name, "ok", "Cette machine seulement, sans connexion.")
    if not local and not settings.public_url.startswith("https:"):
        return Check(
            name,
            "attention",
            f"Écoute sur {settings.host} sans adresse https déclarée : les clés voyagent en clair.",
            "Placez un serveur mandataire qui chiffre, et donnez public_url.",
        )
    return Check(name, "ok", f"Connexion par « {settings.sign_in} », écoute sur {settings.host}.")


def check_clock(settings: Settings) -> Check:
    """The clock was set, and does not stand before what was already written."""
    now = time.time()
    if now < _BUILT.timestamp():
        return Check(
            "horloge", "erreur", "L'horloge n'est pas à l'heure.", "Réglez-la (timedatectl)."
        )
    ahead = [path.name for path in _private(settings) if path.stat().st_mtime > now + 300]
    if ahead:
        return Check(
            "horloge",
            "attention",
            f"Des fichiers sont datés dans le futur : {', '.join(sorted(ahead))}.",
            "L'horloge a reculé : les clés et les sessions valent plus longtemps que prévu.",
        )
    return Check("horloge", "ok", "Rien n'est daté dans le futur.")


def check_access(settings: Settings) -> Check:
    """Keys are in date, and every restriction names a document that is there."""
    from assistant.access.keys import KeyStore
    from assistant.access.restrictions import RestrictionStore, comparable
    from assistant.access.schema import FILE
    from assistant.errors import IndexMissingError
    from assistant.index.catalogue import Catalogue

    name = "clés et restrictions"
    if not (settings.index_dir / FILE).exists():
        return Check(name, "ok", "Aucune clé, aucune restriction.")
    now = time.time()
    keys = KeyStore(settings.index_dir).list()
    working = [key for key in keys if key.state(now) == "active"]
    rules = RestrictionStore(settings.index_dir).list()
    try:
        files = [
            (row.document_id or "", [comparable(row.path)])
            for row in Catalogue(settings.index_dir / "catalogue.sqlite").files()
        ]
    except IndexMissingError:
        files = []
    idle = [
        rule.target
        for rule in rules
        if not any(rule.names(document_id, paths) for document_id, paths in files)
    ]
    if idle:
        return Check(
            name,
            "attention",
            f"{len(idle)} restriction(s) ne portent sur aucun document : {', '.join(idle[:3])}.",
            "Un fichier déplacé n'est plus protégé : assistant acces lister.",
        )
    if settings.sign_in == "cles" and not working:
        return Check(
            name,
            "erreur",
            "Aucune clé ne fonctionne : personne ne peut se connecter.",
            "Créez-en une : assistant cles creer.",
        )
    over = sum(key.state(now) == "expiree" for key in keys)
    soon = sum(key.expires is not None and key.expires < now + _SOON_S for key in working)
    message = f"{len(working)} clé(s) active(s), {over} expirée(s), {len(rules)} restriction(s)."
    if soon:
        return Check(
            name,
            "attention",
            f"{message} {soon} clé(s) expirent sous 14 jours.",
            "Créez leurs remplaçantes : assistant cles creer.",
        )
    return Check(name, "ok", message)


def check_uploads(settings: Settings) -> Check:
    """No deposited file waits to be indexed."""
    from assistant.errors import IndexMissingError
    from assistant.index.catalogue import Catalogue

    folder = settings.uploads_dir
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    names = {name for name in names if not name.startswith(".")}
    try:
        known = {row.path for row in Catalogue(settings.index_dir / "catalogue.sqlite").files()}
    except IndexMissingError:
        known = set()
    waiting = sorted(name for name in names if str(folder / name) not in known)
    if waiting:
        return Check(
            "dépôts",
            "attention",
            f"{len(waiting)} fichier(s) déposé(s) ne sont pas indexés.",
            f"Lancez l'indexation dans l'onglet Corpus, ou : assistant ingerer {folder}.",
        )
    return Check("dépôts", "ok", "Aucun fichier déposé n'attend.")


def check_schemas(settings: Settings) -> Check:
    """Every file of ours opens and is of a version that this software reads."""
    from assistant.access.schema import MIGRATIONS as ACCESS
    from assistant.audit.schema import MIGRATIONS as AUDIT
    from assistant.conversations.schema import MIGRATIONS as CONVERSATIONS
    from assistant.fiches.schema import MIGRATIONS as FICHES
    from assistant.index.schema import SCHEMA_VERSION

    latest = {
        "acces.sqlite": len(ACCESS),
        "journal.sqlite": len(AUDIT),
        "conversations.sqlite": len(CONVERSATIONS),
        "fiches.sqlite": len(FICHES),
        "catalogue.sqlite": SCHEMA_VERSION,
    }
    newer, broken = [], []
    for file, version in latest.items():
        path = settings.index_dir / file
        if not path.exists():
            continue
        try:
            with closing(read_only(path, timeout=10)) as connection:
                if connection.execute("PRAGMA user_version").fetchone()[0] > version:
                    newer.append(file)
                if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                    broken.append(file)
        except sqlite3.Error:
            broken.append(file)
    if broken or newer:
        said = [f"endommagés : {', '.join(broken)}"] if broken else []
        said += [f"écrits par une version plus récente : {', '.join(newer)}"] if newer else []
        return Check(
            "fichiers",
            "erreur",
            f"Fichiers {' ; '.join(said)}.",
            "Restaurez une sauvegarde (assistant restaurer), ou mettez le logiciel à jour.",
        )
    return Check("fichiers", "ok", "Tous s'ouvrent, à une version connue.")


def check_model_files(settings: Settings) -> Check:
    """The files of the embedding model are those that were delivered."""
    name = "fichiers du modèle"
    manifest = settings.embedding_model / "manifest.json"
    if not manifest.is_file():
        return Check(name, "ok", "Ce modèle n'a pas de liste de sommes de contrôle.")
    try:
        listed = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return Check(name, "erreur", "Sa liste est illisible.", "Réinstallez le modèle.")
    wrong = sorted(
        file for file, facts in listed.items() if not _same(settings.embedding_model / file, facts)
    )
    if wrong:
        return Check(
            name,
            "erreur",
            f"{len(wrong)} fichier(s) manquent ou ont changé : {', '.join(wrong[:3])}.",
            "Réinstallez le modèle depuis le paquet d'origine.",
        )
    return Check(name, "ok", f"{len(listed)} fichiers, sommes vérifiées.")


def _same(path: Path, facts: dict[str, object]) -> bool:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == facts.get("sha256")
    except OSError:
        return False


def _private(settings: Settings) -> Iterator[Path]:
    """Files of what people typed, and of who may do what."""
    for path in settings.index_dir.glob("*.sqlite"):
        # The pages read stand elsewhere too: their files, and the index.
        if path.name != "catalogue.sqlite":
            yield path


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
