"""The OpenAPI document, in French.

The shared models are documented in English for those who read the code. Those who call the
API read this table instead; the suite checks that it leaves no field without a description.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from assistant.api.problems import MEDIA_TYPE
from assistant.api.schemas import Problem
from assistant.language.typography import typeset

DESCRIPTION = """Interroger des documents de stratégie en santé, sur cette machine seulement.

Chaque phrase d’une réponse est une citation vérifiée : fichier, page, position des caractères
dans le texte de la page, et rectangles sur la page. Les erreurs suivent le format « problem
details » (RFC 9457) : ce qui s’est passé, ce que l’on peut faire, et un code stable.
"""

TAGS = [
    {"name": "Questions", "description": "Poser une question, chercher des passages."},
    {"name": "Documents", "description": "Les documents, leurs pages et leurs fichiers."},
    {"name": "Conversations", "description": "Les échanges gardés, leurs preuves, les avis."},
    {"name": "Comités", "description": "Décisions et actions des comités, d’une séance à l’autre."},
    {
        "name": "Fiches",
        "description": "Les fiches « cas d’usage IA » : rédigées avec leurs preuves, complétées "
        "par des personnes, suivies et exportées.",
    },
    {
        "name": "Évaluations",
        "description": "Poser un jeu de questions, lire les chiffres et le rapport, annoter, "
        "écrire des questions.",
    },
    {"name": "Glossaire", "description": "Les sigles et ce qu’ils veulent dire."},
    {"name": "Service", "description": "L’état du service."},
]

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "model": Problem,
        "description": description,
    }
    for status, description in {
        400: "Requête illisible.",
        404: "Document, page ou adresse inconnus.",
        413: "Requête trop volumineuse.",
        422: "Requête ou question non recevable.",
        500: "Erreur interne.",
        503: "Momentanément indisponible.",
    }.items()
}
"""Responses every route may give besides its own."""

SCHEMAS: dict[str, tuple[str, dict[str, str]]] = {
    "Role": ("Ce qu’une personne est pour l’assistant.", {}),
    "Permission": ("Une chose que permet un rôle, ou la portée d’une clé.", {}),
    "Answer": (
        "Une réponse et tout ce qui permet de la vérifier.",
        {
            "question": "La question posée.",
            "understood": "La question cherchée, quand elle complète celle qui a été posée (suite "
            "d’une conversation).",
            "mode": "`extractive` : phrases reprises telles quelles des documents ; "
            "`generative` : phrases rédigées par un modèle de langue local, puis vérifiées.",
            "abstained": "Vrai quand rien dans le corpus ne répond.",
            "reason": "Pourquoi rien ne répond, en français.",
            "reason_code": "La même raison, sous forme d’identifiant stable.",
            "confidence": "Confiance dans la réponse, de 0 à 1.",
            "sentences": "Les phrases de la réponse, dans l’ordre.",
            "sources": "Les pages à ouvrir, la meilleure d’abord.",
            "notes": "Remarques sur la réponse : sigles développés, date limite passée…",
            "differing": "Valeurs que les documents cités donnent différemment, côte à côte.",
            "index_generation": "Génération de l’index qui a servi.",
            "models": "Modèles qui ont servi.",
            "filters": "Ce qui a été fait des filtres, choisis ou lus dans la question.",
            "timings_ms": "Durées, en millisecondes.",
        },
    ),
    "Differing": (
        "Des valeurs qui diffèrent d’un document à l’autre ; aucune n’est dite juste.",
        {
            "attribute": "Ce dont ce sont les valeurs, en français.",
            "kind": "Nature des valeurs.",
            "values": "Les valeurs, dans l’ordre de la réponse.",
            "remark": "Ce que l’on sait des documents : le plus récent, le remplacé.",
        },
    ),
    "DifferingValue": (
        "Une valeur telle qu’un document l’écrit, avec sa preuve.",
        {
            "value": "La valeur, mot pour mot.",
            "normalised": "La même sous une forme comparable : euros, pourcentage, date ISO 8601.",
            "scope": "Mots de la phrase qui disent à quoi la valeur s’applique.",
            "citation": "Où la valeur se trouve.",
            "date": "Date du document, si elle est connue.",
            "version": "Version du document, si elle est connue.",
            "superseded_by": "Fichier qui remplace ce document, si le corpus le contient.",
            "newest": "Vrai pour le document le plus récent de ceux qui sont comparés.",
        },
    ),
    "Sentence": (
        "Une phrase affichée, avec ses preuves.",
        {
            "text": "Le texte de la phrase.",
            "kind": "`extract` : mot pour mot dans un document ; `generated` : rédigée puis "
            "vérifiée ; `template` : formule fixe de l’assistant.",
            "citations": "Où la phrase se trouve.",
            "role": "Place dans la réponse : phrase, contexte, élément de liste ou de tableau.",
        },
    ),
    "Citation": (
        "La preuve d’une phrase : une citation littérale et sa place.",
        {
            "file": "Nom du fichier.",
            "document": "Titre du document.",
            "document_id": "Identifiant du document.",
            "page": "Numéro physique de la page, à partir de 1.",
            "page_label": "Numéro imprimé sur la page.",
            "quote": "Le texte cité, mot pour mot.",
            "start": "Début de la citation dans le texte brut de la page, en caractères.",
            "end": "Fin de la citation, exclue.",
            "boxes": "Rectangles de la citation sur la page, en points, origine en haut à gauche.",
            "addition": "Vrai quand le document marque ce texte comme un ajout (en couleur).",
        },
    ),
    "Source": (
        "Une page à ouvrir.",
        {
            "rank": "Rang, à partir de 1.",
            "file": "Nom du fichier.",
            "document": "Titre du document.",
            "document_id": "Identifiant du document.",
            "kind": "Type de document.",
            "page": "Numéro physique de la page.",
            "page_label": "Numéro imprimé sur la page.",
            "section": "Titres des sections où se trouve le passage, du plus général au plus "
            "précis.",
            "excerpt": "Extrait du passage.",
            "score": "Score, comparable dans une même réponse seulement.",
            "passage_id": "Identifiant du passage.",
            "reasons": "Pourquoi cette page a été trouvée, en français.",
        },
    ),
    "Filters": (
        "Une restriction : n’importe quelle valeur d’un champ, et tous les champs donnés.",
        {
            "files": "Noms de fichiers.",
            "kinds": "Types de documents.",
            "publishers": "Éditeurs.",
            "regions": "Régions.",
            "since": "Date la plus ancienne des documents, ISO 8601, parfois partielle.",
            "until": "Date la plus récente des documents, incluse.",
        },
    ),
    "FilterHint": (
        "Un filtre lu dans les mots d’une question.",
        {
            "filters": "La restriction elle-même, à renvoyer telle quelle dans `filtres`.",
            "label": "Le filtre, en clair.",
            "words": "Les mots de la question qui l’énoncent.",
        },
    ),
    "FilterReport": (
        "Ce qui a été fait des filtres d’une question.",
        {
            "applied": "La restriction à laquelle les résultats obéissent.",
            "recognised": "Filtres lus dans la question et appliqués.",
            "proposed": "Filtres lus dans la question, laissés au choix du lecteur.",
            "set_aside": "Filtres lus dans la question, essayés puis abandonnés : rien d’aussi "
            "probant ne s’y trouvait.",
            "outside": "Passages hors des filtres choisis qui auraient servi, quand ce qu’ils "
            "retiennent ne répond pas.",
            "missing": "Documents écartés faute d’indication, par champ (`date`, `publishers`, "
            "`regions`).",
        },
    ),
    "ModelIds": (
        "Les modèles qui ont servi.",
        {
            "embedding": "Modèle de plongement des passages et de la question.",
            "reranker": "Modèle de réordonnancement, s’il y en a un.",
            "llm": "Modèle de langue, s’il y en a un.",
            "prompt": "Version et empreinte des consignes données au modèle de langue.",
        },
    ),
    "PageStatus": ("Ce que la lecture d’une page a donné.", {}),
    "SearchResult": (
        "Un passage trouvé.",
        {
            "rank": "Rang, à partir de 1.",
            "passage_id": "Identifiant du passage.",
            "file": "Nom du fichier.",
            "document": "Titre du document.",
            "document_id": "Identifiant du document.",
            "page": "Page physique où le passage répond le mieux.",
            "page_label": "Numéro imprimé sur cette page.",
            "pages": "Pages physiques du passage.",
            "section": "Titres des sections où il se trouve.",
            "text": "Texte du passage.",
            "score": "Score, comparable dans une même recherche seulement.",
            "explain": "Pourquoi ce passage est à ce rang.",
        },
    ),
    "Explanation": (
        "Pourquoi un passage est à son rang : ce dont le classement s’est servi, et les mêmes "
        "raisons en français.",
        {
            "reasons": "Les raisons, en français, la plus parlante d’abord.",
            "terms": "Termes de la question et de ses sigles trouvés dans le passage, sous leur "
            "forme d’index.",
            "words": "Les mêmes, comme le passage les écrit.",
            "heading_words": "Ceux qui ne se trouvent que dans les titres de section ou le titre "
            "du document.",
            "missing": "Mots de la question qui ne s’y trouvent pas.",
            "sigles": "Sigle ou nom de la question et ce qu’il est devenu, quand le passage le "
            "contient.",
            "corrections": "Mot tapé et mot trouvé à sa place.",
            "filters": "Filtres en vigueur, en clair.",
            "lexical": "Score par les mots (BM25, titres compris).",
            "dense": "Proximité de sens entre la question et le meilleur extrait du passage "
            "(cosinus).",
            "fused": "Score des deux réunis, avant lecture des passages.",
            "coverage": "Part des mots de la question, pondérés par leur rareté, que le passage "
            "ou ses titres contiennent.",
            "pairs": "Part des mots voisins dans la question qui le sont aussi dans le passage.",
            "spared": "Rareté du plus rare des mots absents, rapportée à celle du plus rare.",
            "heading": "Part des mots de la question que les titres contiennent.",
            "bare": "De 0 à 1 : à quel point le passage n’a que des titres.",
            "cross_encoder": "Score du modèle de tri, s’il y en a un et s’il a lu le passage.",
            "ranks": "Rang à chaque étape.",
            "effects": "Ce que chaque signal a fait gagner ou perdre au passage, par rapport à "
            "la moyenne des passages lus.",
            "aussi": "Autres endroits où se trouve le même texte, repliés derrière celui-ci.",
            "version": "Le document qui remplace celui-ci, s’il y en a un.",
            "same_page": "Autres passages trouvés sur la même page, placés après.",
            "suite": "Autres morceaux de la liste ou du tableau dont le passage est une partie.",
        },
    ),
    "ListPart": (
        "Un autre morceau d’une liste ou d’un tableau coupé par une page ou par sa longueur.",
        {
            "passage_id": "Identifiant du passage.",
            "page": "Numéro physique de la page.",
            "side": "`before` : avant le passage ; `after` : après lui.",
        },
    ),
    "StageRanks": (
        "Rang d’un passage à chaque étape, à partir de 1 ; vide pour une étape qui n’en dit rien.",
        {
            "lexical": "Par les mots, parmi tous les passages.",
            "dense": "Par le sens, parmi tous les passages.",
            "fused": "Par les deux réunis, parmi tous les passages.",
            "reranked": "À la lecture, parmi les passages lus.",
        },
    ),
    "FoldedPlace": (
        "Un autre endroit où se trouve le même texte.",
        {
            "file": "Nom du fichier.",
            "document": "Titre du document.",
            "document_id": "Identifiant du document.",
            "page": "Numéro physique de la page.",
            "passage_id": "Identifiant du passage.",
            "unit": "Ce qu’est une page de ce document : `page`, `slide` ou `section`.",
        },
    ),
    "NewerVersion": (
        "Le document qui en remplace un autre.",
        {"file": "Nom du fichier.", "document_id": "Identifiant du document."},
    ),
}
"""French description of each shared model and of each of its fields."""

EXAMPLES: dict[str, Any] = {
    "Answer": {
        "question": "Quel est le montant maximal par projet ?",
        "mode": "extractive",
        "abstained": False,
        "reason": None,
        "reason_code": None,
        "confidence": 0.87,
        "sentences": [
            {
                "text": "Le montant accordé ne dépasse pas 50 000 euros par projet.",
                "kind": "extract",
                "role": "answer",
                "citations": [
                    {
                        "file": "ami.pdf",
                        "document": "Appel à manifestation d’intérêt",
                        "document_id": "3f0c…",
                        "page": 2,
                        "page_label": "2",
                        "quote": "Le montant accordé ne dépasse pas 50 000 euros par projet.",
                        "start": 120,
                        "end": 178,
                        "boxes": [[72.0, 310.5, 420.2, 322.0]],
                        "addition": False,
                    }
                ],
            }
        ],
        "sources": [
            {
                "rank": 1,
                "file": "ami.pdf",
                "document": "Appel à manifestation d’intérêt",
                "document_id": "3f0c…",
                "kind": "ami",
                "page": 2,
                "page_label": "2",
                "section": ["3. Financement"],
                "excerpt": "Le montant accordé ne dépasse pas 50 000 euros par projet.",
                "score": 0.83,
                "passage_id": "9a1e…",
            }
        ],
        "notes": [],
        "index_generation": "20250711-093000",
        "models": {"embedding": "e5-small", "llm": None},
        "filters": {
            "applied": {
                "files": [],
                "kinds": ["ami"],
                "publishers": [],
                "regions": [],
                "since": None,
                "until": None,
            },
            "recognised": [],
            "proposed": [],
            "set_aside": [],
            "outside": 0,
            "missing": {},
        },
        "timings_ms": {"retrieval": 12.0, "answer": 4.0},
    }
}
"""Example of the main response; the figures in it are invented."""


def build(app: FastAPI) -> dict[str, Any]:
    """Generate the OpenAPI document of an application, with the French wording."""
    from assistant.api.openapi_access import declare

    document = get_openapi(
        title=app.title,
        version=app.version,
        summary="Réponses citées, extraites de documents de stratégie en santé",
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
        license_info={"name": "MIT"},
    )
    schemas = document["components"]["schemas"]
    # FastAPI's own error models are never sent: ours replace them.
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    for name, schema in schemas.items():
        if name in SCHEMAS:
            schema["description"], fields = SCHEMAS[name]
            for field, described in schema.get("properties", {}).items():
                described["description"] = fields.get(field, "")
        if name in EXAMPLES:
            schema["examples"] = [EXAMPLES[name]]
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"] = {
                status: _problem_response(response) if status in _PROBLEM_STATUSES else response
                for status, response in operation["responses"].items()
            }
    if app.state.sign_in.on:
        declare(document)
    _typeset(document)
    return document


_PROBLEM_STATUSES = {str(status) for status in PROBLEMS}

CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {
        "description": "L’état de la ressource ne le permet pas, ou elle a changé entre-temps.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
"""For routes that change what something else may be changing, or locking."""

EVENTS: dict[str, Any] = {
    "text/event-stream": {
        "schema": {
            "type": "object",
            "description": "Un événement du flux.",
            "properties": {
                "event": {"type": "string", "description": "Son nom."},
                "data": {"type": "string", "description": "Son contenu, en JSON sur une ligne."},
            },
        }
    }
}
"""Content of a response that is a stream of events."""


def _problem_response(response: dict[str, Any]) -> dict[str, Any]:
    """Give an error response its real media type; FastAPI describes them all as JSON."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {**response, "content": {MEDIA_TYPE: {"schema": schema}}}


def _typeset(node: Any) -> None:
    """Put the non-breaking spaces of French typography in every text meant to be read."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"description", "summary"} and isinstance(value, str):
                node[key] = typeset(value)
            else:
                _typeset(value)
    elif isinstance(node, list):
        for item in node:
            _typeset(item)


def install(app: FastAPI) -> None:
    """Make an application serve this document at /openapi.json; it is built once."""

    def cached() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = build(app)
        return app.openapi_schema

    app.openapi = cached  # type: ignore[method-assign]  # FastAPI's documented way
