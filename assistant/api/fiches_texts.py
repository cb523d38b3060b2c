"""French descriptions of what the fiches are made of, for the documentation of the API."""

from __future__ import annotations

from typing import Any, Final

REQUEST: Final[dict[str, Any]] = {
    "title": "Aide à la planification des équipes soignantes",
    "need": "Absentéisme difficile à anticiper la nuit.",
    "service": "Direction des soins",
}

MODE: Final = (
    "`extractive` : des extraits mot pour mot. `generative` : chaque champ est aussi résumé par un "
    "modèle de langue local, chaque phrase vérifiée sur les extraits qu’elle cite ; si le modèle "
    "est absent, lent ou sans preuve, la fiche reste faite d’extraits et une note le dit."
)

PATCH: Final[dict[str, Any]] = {
    "typed": ["Les cadres passent une demi-journée par semaine sur les plannings."],
    "keep": [0],
    "author": "A. B.",
}

_CHANGED: Final = "JSON de la partie, vide si elle n’existait pas."

SCHEMAS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "Fiche": (
        "Une fiche et ce dont elle est faite.",
        {
            "schema_version": "Version du format.",
            "id": "Identifiant ; vide tant que la fiche n’est pas gardée.",
            "revision": "Numéro de la dernière révision, à partir de 1.",
            "state": "`brouillon`, `en_revue`, `validee` ou `archivee`.",
            "request": "Ce qui a été demandé.",
            "method": "La grille suivie.",
            "fields": "Les champs, dans l’ordre de la grille.",
            "created": "Quand elle a été rédigée.",
            "updated": "Quand elle a changé pour la dernière fois.",
            "author": "Qui l’a demandée.",
            "today": "Date à laquelle les échéances ont été comparées.",
            "index_generation": "Génération de l’index qui a servi.",
            "models": "Modèles qui ont servi.",
            "similar": "Fiches proches du portefeuille, la plus proche d’abord.",
            "notes": "Remarques sur toute la fiche.",
        },
    ),
    "Request": (
        "Ce qui est demandé pour une fiche.",
        {
            "title": "Le cas d’usage en quelques mots.",
            "need": "Le besoin.",
            "service": "Le service ou l’établissement.",
            "constraints": "Les contraintes.",
        },
    ),
    "MethodId": (
        "La grille suivie par une fiche.",
        {
            "id": "Identifiant de la grille.",
            "version": "Sa version.",
            "title": "Son titre.",
            "hash": "Empreinte de son contenu.",
        },
    ),
    "FicheField": (
        "Un champ : ce qu’il dit, d’où cela vient, ce qui manque.",
        {
            "key": "Nom stable du champ.",
            "label": "Son intitulé.",
            "status": "`documente`, `partiel` ou `a_completer`.",
            "statements": "Ce que dit le champ.",
            "choices": "Axes ou fonctions d’IA, retenus ou non.",
            "scores": "Notes des critères.",
            "windows": "Financements cités.",
            "position": "Place dans la matrice.",
            "question": "La question à poser tant que le champ n’est pas documenté.",
            "author": "Qui l’a écrit en dernier ; vide pour ce que la rédaction a rempli.",
            "updated": "Quand.",
        },
    ),
    "Statement": (
        "Une affirmation de la fiche.",
        {
            "text": "Ce qui se lit.",
            "origin": "`corpus` : tirée des documents ; `saisie` : écrite par une personne ; "
            "`calcule` : calculée.",
            "kind": "`extract` : mot pour mot ; `generated` : rédigée par un modèle local puis "
            "vérifiée ; `template` : formule fixe autour de faits cités ; `typed` : saisie.",
            "citations": "Où cela se trouve.",
            "scope": "`sujet` : parle de ce cas d’usage ; `general` : vaut pour tous.",
            "remark": "Remarque de l’assistant.",
        },
    ),
    "Choice": (
        "Un axe ou une fonction d’IA.",
        {
            "code": "Code dans la grille.",
            "label": "Intitulé.",
            "share": "Force avec laquelle les mots de la demande y mènent, de 0 à 1.",
            "words": "Ces mots, tels qu’ils ont été saisis.",
            "chosen": "Vrai pour ce qui est retenu.",
            "origin": "`calcule` : suggéré ; `saisie` : choisi par une personne.",
        },
    ),
    "Score": (
        "La note d’un critère.",
        {
            "code": "Code du critère.",
            "label": "Intitulé ; vide quand la source ne le donne pas.",
            "side": "`impact` ou `effort`.",
            "level": "Code du niveau ; vide tant que rien ni personne ne le donne.",
            "origin": "D’où vient la note.",
            "statements": "Ce qui l’argumente.",
        },
    ),
    "Position": (
        "La place dans la matrice impact / effort, de 0 à 1.",
        {
            "impact": "Impact ; vide tant qu’aucun critère n’est noté.",
            "impact_low": "Au plus bas, selon les notes qui manquent.",
            "impact_high": "Au plus haut.",
            "effort": "Effort ; vide tant qu’aucun critère n’est noté.",
            "effort_low": "Au plus bas, selon les notes qui manquent.",
            "effort_high": "Au plus haut.",
            "quadrants": "Quadrants que la zone touche, celui du point d’abord.",
            "formula": "Le calcul, en clair.",
        },
    ),
    "Window": (
        "Un financement cité par les documents.",
        {
            "title": "Son nom.",
            "amount": "Montant, tel que les documents l’écrivent.",
            "per_project": "Montant par projet.",
            "rate": "Taux.",
            "deadline": "Dernier jour pour candidater.",
            "state": "`ouvert`, `passe` ou `inconnu`, à la date de la fiche.",
            "citations": "Où cela se trouve.",
            "scope": "`sujet` : l’appel nomme ce cas d’usage ; `general` : il est ouvert à tous.",
            "remark": "Autres conditions que donnent les documents.",
        },
    ),
    "Similar": (
        "Une fiche proche.",
        {
            "id": "Identifiant.",
            "title": "Intitulé.",
            "share": "Ressemblance, de 0 à 1.",
        },
    ),
    "ScoreEdit": (
        "La note donnée à un critère par une personne.",
        {
            "code": "Code du critère.",
            "level": "Code d’un niveau de son échelle ; vide retire la note.",
            "argument": "Pourquoi ; remplace l’argument précédent, que l’absence laisse.",
        },
    ),
    "FieldPatch": (
        "Une modification d’un champ ; ce qui n’est pas donné reste tel quel.",
        {
            "typed": "Toutes les phrases saisies par des personnes, dans l’ordre ; elles "
            "remplacent les précédentes.",
            "keep": "Rangs, à partir de 0, des affirmations gardées ; les autres sont retirées, "
            "sauf celles qui sont saisies.",
            "windows": "Rangs, à partir de 0, des financements gardés ; les autres sont retirés.",
            "chosen": "Codes retenus, aucun si la liste est vide.",
            "scores": "Notes données ou retirées ; les autres critères ne changent pas.",
            "status": "Ce que la personne dit du champ ; calculé par défaut.",
            "author": "Nom de la personne, gardé dans l’historique.",
        },
    ),
    "Revision": (
        "Une révision d’une fiche.",
        {
            "number": "Son numéro.",
            "at": "Quand.",
            "author": "Qui.",
            "kind": "`creation`, `import`, `saisie`, `etat` ou `rafraichissement`.",
            "comment": "Pourquoi, si quelqu’un l’a dit.",
            "changes": "Ce qui a changé.",
        },
    ),
    "FieldChange": (
        "Une partie de la fiche avant et après.",
        {
            "key": "Nom du champ, ou d’un attribut de la fiche précédé de « @ ».",
            "label": "Son intitulé.",
            "before": _CHANGED,
            "after": _CHANGED,
        },
    ),
    "Comment": (
        "Un commentaire.",
        {
            "id": "Identifiant.",
            "key": "Le champ commenté ; vide pour toute la fiche.",
            "text": "Le commentaire.",
            "author": "Qui.",
            "at": "Quand.",
            "revision": "Révision commentée.",
        },
    ),
    "Method": (
        "La grille d’une fiche.",
        {
            "id": "Identifiant.",
            "version": "Version.",
            "title": "Titre.",
            "source": "D’où elle vient.",
            "axes": "Les axes.",
            "functions": "Les fonctions d’IA.",
            "scales": "Les échelles.",
            "criteria": "Les critères de la matrice.",
            "fields": "Les champs de la fiche, dans l’ordre.",
            "hash": "Empreinte du fichier.",
        },
    ),
    "Axis": (
        "Un axe de la cartographie.",
        {
            "code": "Code.",
            "label": "Intitulé.",
            "description": "Ce qu’il couvre.",
            "words": "Mots qui y mènent.",
            "examples": "Exemples de cas d’usage.",
        },
    ),
    "AiFunction": (
        "Une fonction d’IA.",
        {
            "code": "Code.",
            "label": "Intitulé.",
            "description": "Ce qu’elle fait.",
            "words": "Mots qui y mènent.",
            "examples": "Exemples.",
        },
    ),
    "Scale": (
        "Une échelle, du plus bas au plus haut.",
        {"code": "Code.", "levels": "Les niveaux."},
    ),
    "Level": (
        "Un niveau d’une échelle.",
        {
            "code": "Code.",
            "label": "Intitulé.",
            "value": "Valeur dans le calcul, de 0 à 1.",
            "meaning": "Ce qu’il veut dire, si la source le dit.",
        },
    ),
    "Criterion": (
        "Un critère de la matrice.",
        {
            "code": "Code.",
            "side": "`impact` ou `effort`.",
            "label": "Intitulé ; vide quand la source ne le donne pas.",
            "scale": "Code de son échelle.",
            "aspects": "Sous-critères nommés par la source.",
            "query": "Mots cherchés pour le documenter.",
            "question": "La question à poser quand rien ne le note.",
        },
    ),
    "FieldSpec": (
        "Un champ de la grille.",
        {
            "key": "Nom stable.",
            "label": "Intitulé.",
            "kind": "Comment il se remplit.",
            "help": "Ce qui est attendu.",
            "question": "La question à poser quand les documents ne disent rien.",
            "queries": "Recherches faites pour lui.",
            "terms": "Mots dont la preuve doit contenir l’un.",
            "kinds": "Types de documents cherchés.",
            "general": "Vrai si une règle ou un appel qui vaut pour tous peut le remplir.",
            "without_ai": "Vrai si un texte qui ne parle pas d’IA peut le remplir.",
            "limit": "Nombre maximal d’affirmations.",
            "typed": "Parties de la demande montrées dans ce champ.",
        },
    ),
}

EXAMPLES: Final[dict[str, Any]] = {
    "FicheField": {
        "key": "besoin",
        "label": "Besoin ou problème",
        "status": "partiel",
        "statements": [
            {
                "text": "Les cadres passent une demi-journée par semaine sur les plannings.",
                "origin": "saisie",
                "kind": "typed",
                "citations": [],
                "scope": "sujet",
                "remark": None,
            }
        ],
        "choices": [],
        "scores": [],
        "windows": [],
        "position": None,
        "question": "Quel problème précis résoudre, pour qui, et qui porte la demande ?",
        "author": "A. B.",
        "updated": "2026-02-03T09:30:00Z",
    }
}
"""Example of a field that somebody filled; its content is invented."""
