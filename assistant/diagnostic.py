"""Checks of an installation: pure functions that return a severity, a message, a remedy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from assistant import diagnostic_operations as operations
from assistant.checks import Check
from assistant.errors import AssistantError, cause
from assistant.settings import Settings


def run_checks(settings: Settings) -> list[Check]:
    """Run every check; none of them changes anything."""
    checks: list[Callable[[Settings], Check]] = [
        check_model,
        check_index,
        check_coverage,
        check_ocr,
        check_disk,
        check_writer,
        check_network,
        operations.check_model_files,
        operations.check_schemas,
        operations.check_uploads,
        operations.check_listening,
        operations.check_access,
        operations.check_permissions,
        operations.check_clock,
        operations.check_journal,
    ]
    return [_guarded(check, settings) for check in checks]


def check_model(settings: Settings) -> Check:
    """The models in use are on this machine and open."""
    from assistant.index.embedding import open_embedding

    model = open_embedding(settings.embedding_model, threads=settings.threads)
    message = f"Modèle « {settings.embedding_model.name} » ({model.dimension} d)."
    if settings.reranker_model is not None:
        from assistant.retrieval.cross_encoder import open_reranker

        reranker = open_reranker(settings.reranker_model, threads=settings.threads)
        message += f" Réordonnancement : « {reranker.name} »."
    return Check("modèle", "ok", message)


def check_index(settings: Settings) -> Check:
    """A sound generation serves."""
    from assistant.index import generations

    generation = generations.load(settings.index_dir, verify=True)
    if generation.damaged is not None:
        return Check(
            "index",
            "attention",
            f"La génération {generation.damaged} est endommagée ; la précédente ({generation.id}) "
            "sert.",
            "Relancez : assistant ingerer DOSSIER.",
        )
    return Check(
        "index",
        "ok",
        f"Génération {generation.id} : {len(generation.passage_ids)} passages, sommes vérifiées.",
    )


def check_coverage(settings: Settings) -> Check:
    """Every page could be read."""
    from assistant.coverage import corpus_state

    state = corpus_state(settings.index_dir)
    missing, refused = state["pages_unreadable"], state["refused"]
    message = f"{state['documents']} document(s), {state['pages']} page(s)"
    if missing or refused:
        return Check(
            "couverture",
            "attention",
            f"{message}, dont {missing} illisible(s) ; {refused} fichier(s) refusé(s).",
            "Voyez lesquels : assistant corpus etat.",
        )
    return Check("couverture", "ok", f"{message}, toutes lues.")


def check_ocr(_: Settings) -> Check:
    """Tesseract reads scanned pages, when it is installed with its French data."""
    from assistant.ingestion.ocr import is_available

    if is_available():
        return Check("OCR", "ok", "Tesseract lit les pages numérisées en français.")
    return Check(
        "OCR",
        "attention",
        "Tesseract ou son français manque : les pages numérisées resteront illisibles.",
        "Installez les paquets tesseract-ocr et tesseract-ocr-fra.",
    )


def check_disk(settings: Settings) -> Check:
    """The folder can be written, with room for another generation."""
    folder = settings.index_dir if settings.index_dir.exists() else settings.index_dir.parent
    free = shutil.disk_usage(folder).free / 1e9
    shown = f"{free:.1f}".replace(".", ",")
    if free < 1:
        return Check(
            "disque",
            "erreur",
            f"Il reste {shown} Go pour l'index.",
            "Libérez de la place avant toute ingestion.",
        )
    if not os.access(folder, os.W_OK):
        return Check(
            "disque",
            "attention",
            f"Le dossier « {folder} » est en lecture seule : l'assistant répond, mais rien n'est "
            "gardé (conversations, fiches, journal).",
            "Donnez au compte du service le droit d'y écrire, si ce n'est pas voulu.",
        )
    return Check("disque", "ok", f"Il reste {shown} Go pour l'index.")


def check_writer(settings: Settings) -> Check:
    """The server of the language model answers, when one is configured."""
    from assistant.generation.language_model import LanguageModel, ServerOptions
    from assistant.generation.prompts import load_prompt

    name = "modèle de langue"
    options = ServerOptions.of(settings)
    if options is None:
        return Check(name, "ok", "Aucun n'est configuré : les réponses sont extractives.")
    for prompt in ("reponse-systeme", "reponse-question", "fiche-systeme", "fiche-champ"):
        load_prompt(settings.prompts_dir, prompt)
    model = LanguageModel(options)
    model.describe()
    announced = model.models()
    if options.model and options.model not in announced:
        return Check(
            name,
            "attention",
            f"Le serveur n'annonce pas « {options.model} ».",
            f"Il annonce : {', '.join(announced) or 'aucun modèle'}. Corrigez llm_model.",
        )
    message = f"« {model.name} » répond, contexte de {model.context_tokens} jetons."
    return Check(name, "ok", message)


def check_network(_: Settings) -> Check:
    """The egress guard is on and recorded nothing."""
    from assistant import egress

    guard = egress.guard()
    if guard is None:
        return Check("réseau", "erreur", "Le garde-réseau n'est pas actif.")
    attempts = guard.attempts
    if attempts:
        return Check(
            "réseau", "attention", f"{len(attempts)} tentative(s) de connexion sortante bloquée(s)."
        )
    return Check("réseau", "ok", "Garde-réseau actif, aucune connexion sortante tentée.")


def print_checks(checks: list[Check]) -> None:
    """Print the verdicts, one a line."""
    import typer

    marks = {"ok": "✓", "attention": "!", "erreur": "✗"}
    for check in checks:
        typer.echo(f"{marks[check.severity]} {check.name} : {check.message}")
        if check.remedy:
            typer.echo(f"    → {check.remedy}")


_NAMES = {
    "model": "modèle",
    "coverage": "couverture",
    "ocr": "OCR",
    "disk": "disque",
    "writer": "modèle de langue",
    "network": "réseau",
    "model_files": "fichiers du modèle",
    "schemas": "fichiers",
    "uploads": "dépôts",
    "listening": "écoute et connexion",
    "access": "clés et restrictions",
    "permissions": "droits des fichiers",
    "clock": "horloge",
    "journal": "journal d'audit",
}


def _guarded(check: Callable[[Settings], Check], settings: Settings) -> Check:
    name = check.__name__.removeprefix("check_")
    name = _NAMES.get(name, name)
    try:
        return check(settings)
    except AssistantError as error:
        return Check(name, "erreur", error.message, error.remedy)
    except OSError as error:
        return Check(name, "erreur", f"La vérification a échoué ({cause(error)}).")
