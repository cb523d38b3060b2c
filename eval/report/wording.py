"""What the report calls things, in French: figures, kinds, conditions, and what each one says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from eval.columns import LOWER_IS_BETTER
from eval.sets import KINDS


@dataclass(frozen=True, slots=True)
class Wording:
    """How a figure is presented.

    Attributes:
        label: its name.
        says: what it says, in one sentence.
        silent: what it does not say, in one sentence.
    """

    label: str
    says: str = ""
    silent: str = ""


LABELS: Final[dict[str, Wording]] = {
    "right": Wording(
        "Réponses justes",
        "Part des questions bien traitées : tous les faits attendus montrés avec une page attendue "
        "citée, ou un refus quand le corpus ne répond pas.",
        "Ne dit pas ce qui manque aux autres : voyez chaque question.",
    ),
    "page@1": Wording(
        "Bonne page en tête des sources",
        "Part des questions dont la première source montrée est une page attendue.",
        "Ne dit rien de la réponse elle-même.",
    ),
    "page@5": Wording(
        "Bonne page parmi les cinq premières sources",
        "Part des questions dont une page attendue est parmi les cinq premières sources montrées.",
        "Ne dit pas à quel rang.",
    ),
    "mrr@10": Wording(
        "Rang réciproque (MRR, 10 premières)",
        "Moyenne de 1 ÷ rang de la première page attendue : 1 en tête, 0,5 en deuxième, 0 après "
        "la dixième.",
        "Ne compte que la première page attendue.",
    ),
    "ndcg@10": Wording(
        "Qualité du classement (nDCG, 10 premières)",
        "Vaut 1 quand toutes les pages attendues sont en tête ; chaque rang perdu coûte.",
        "Une page utile mais non répertoriée dans le jeu compte comme inutile.",
    ),
    "facts": Wording(
        "Faits attendus présents",
        "Part des questions dont tous les faits attendus sont écrits dans la réponse.",
        "Ne dit pas si la réponse contient autre chose d’inutile.",
    ),
    "items": Wording(
        "Listes complètes",
        "Part moyenne des éléments attendus qui sont dans la réponse.",
        "Ne dit rien des éléments montrés en trop.",
    ),
    "page_accuracy": Wording(
        "Page citée exacte",
        "Part des citations qui renvoient à une page attendue.",
        "Une autre page peut dire la même chose sans être répertoriée.",
    ),
    "citation_precision": Wording(
        "Précision des citations",
        "Part des citations utiles à la phrase qui les porte.",
        "Le contrôle est celui qui sert à rédiger : lisez-le avec le contrôle indépendant.",
    ),
    "citation_recall": Wording(
        "Rappel des citations",
        "Part des phrases que leurs citations, réunies, disent vraiment.",
        "Une phrase prouvée peut répondre à côté de la question.",
    ),
    "plain_precision": Wording(
        "Précision des citations, contrôle indépendant",
        "La même, par une règle qui ignore tout de l’assistant : nombres, noms et mots de la "
        "phrase.",
        "Ne comprend pas le sens : une négation perdue lui échappe.",
    ),
    "plain_recall": Wording(
        "Rappel des citations, contrôle indépendant",
        "Le même, par cette règle indépendante.",
        "Ne comprend pas le sens : une négation perdue lui échappe.",
    ),
    "faithfulness": Wording(
        "Fidélité des phrases rédigées",
        "Part des phrases écrites par le modèle de langue que leurs citations disent.",
        "Ne porte pas sur les extraits, qui sont des copies.",
    ),
    "unverified": Wording(
        "Extraits introuvables sur leur page",
        "Part des extraits montrés qui ne sont pas, mot pour mot, sur la page citée : doit être 0.",
        "Ne dit pas si l’extrait répond.",
    ),
    "abstention_precision": Wording(
        "Précision des refus",
        "Part des refus qui étaient justifiés.",
        "Ne dit pas combien de refus ont manqué.",
    ),
    "abstention_recall": Wording(
        "Rappel des refus",
        "Part des questions sans réponse dans le corpus qui sont bien refusées.",
        "Ne dit pas combien de bonnes questions sont refusées à tort.",
    ),
    "abstention_f1": Wording(
        "Refus, précision et rappel réunis (F1)",
        "Moyenne harmonique des deux précédents.",
        "Cache lequel des deux pèche.",
    ),
    "coverage": Wording(
        "Questions répondues",
        "Part des questions auxquelles l’assistant répond au lieu de refuser.",
        "Répondre à tout n’est pas un mérite : lisez-la avec la ligne suivante.",
    ),
    "selective_accuracy": Wording(
        "Réponses justes parmi celles données",
        "Part des réponses données qui sont justes.",
        "Refuser beaucoup la fait monter.",
    ),
    "risk_full": Wording(
        "Questions sans réponse juste",
        "Part d’erreurs quand tout refus, même justifié, compte comme une erreur : c’est le bout "
        "droit de la courbe.",
        "Un refus justifié n’est pas une faute : lisez-la avec les refus.",
    ),
    "risk_area": Wording(
        "Aire sous la courbe erreurs et couverture",
        "Moyenne des erreurs quand on répond de plus en plus : basse, la confiance affichée "
        "classe bien.",
        "Ne dit pas quel seuil choisir.",
    ),
}

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "Réponses": ("right", "facts", "items", "coverage", "selective_accuracy"),
    "Citations": (
        "page_accuracy",
        "citation_precision",
        "citation_recall",
        "plain_precision",
        "plain_recall",
        "faithfulness",
        "unverified",
    ),
    "Recherche": ("page@1", "page@5", "recall@5", "mrr@10", "ndcg@10"),
    "Refus et confiance": (
        "abstention_precision",
        "abstention_recall",
        "abstention_f1",
        "risk_full",
        "risk_area",
    ),
}
"""Figures of the headline table, by what they are about."""

OUTCOMES_COUNTED: Final[dict[str, str]] = {
    "réponse juste": "réponses justes",
    "réponse incomplète": "réponses incomplètes",
    "réponse fausse": "réponses fausses",
    "refus justifié": "refus justifiés",
    "réponse à tort": "réponses à tort",
    "échec": "échecs",
}
"""Plural of the outcomes that change."""

CONDITIONS: Final[dict[str, str]] = {
    "set": "Jeu de questions",
    "split": "Moitié",
    "questions_sha256": "Empreinte des questions",
    "corpus_sha256": "Empreinte du corpus",
    "index_generation": "Génération de l’index",
    "index_sha256": "Empreinte de l’index",
    "models": "Modèles",
    "prompts_sha256": "Empreinte des consignes au modèle de langue",
    "settings": "Réglages",
    "mode": "Forme des réponses",
    "code_version": "Version du code",
    "code_sha256": "Empreinte du code",
    "machine": "Machine",
}

DETAILS: Final[dict[str, str]] = {
    "embedding": "vecteurs",
    "reranker": "réordonnancement",
    "llm": "langue",
    "documents_absents": "documents absents de l’index",
    "cores": "cœurs",
    "cores_usable": "cœurs utilisables",
    "processor": "processeur",
    "system": "système",
    "python": "Python",
    "workers": "questions à la fois",
    "load": "charge au départ",
    "libraries": "bibliothèques",
}
"""Parts of a condition; settings keep the name they have in the configuration."""

MODES: Final = {"extractive": "extraits des documents", "generative": "texte rédigé"}
SPLITS: Final = {"dev": "réglage (dev)", "test": "contrôle (test)"}
STATES: Final = {
    "en_cours": "mesure en cours",
    "interrompu": "mesure interrompue",
    "complet": "mesure complète",
}


def wording(name: str) -> Wording:
    """Presentation of a figure; an unknown one keeps its name."""
    known = LABELS.get(name)
    if known:
        return known
    stem, at, depth = name.partition("@")
    if stem == "recall" and at and depth.isdigit():
        return Wording(
            f"Pages attendues retrouvées (rappel, {depth} premières)"
            if depth != "1"
            else "Pages attendues retrouvées (rappel, première)",
            f"Part des pages attendues que la recherche classe dans ses {depth} premières."
            if depth != "1"
            else "Part des pages attendues que la recherche classe en tête.",
            "Mesure la recherche seule, avant la rédaction de la réponse.",
        )
    return Wording(name)


def grouped(names: Iterable[str]) -> dict[str, list[str]]:
    """Names of figures in the groups of the headline table; unknown ones come last.

    Recall at other depths than 5 is left to the chart, which says it better.
    """
    left = [name for name in names if name == "recall@5" or not name.startswith("recall@")]
    found = {group: [name for name in members if name in left] for group, members in GROUPS.items()}
    known = {name for members in GROUPS.values() for name in members}
    found["Autres chiffres"] = [name for name in left if name not in known]
    return {group: members for group, members in found.items() if members}


def lower_is_better(name: str) -> str:
    """What a label needs when a figure is better low."""
    return " (plus bas est mieux)" if name in LOWER_IS_BETTER else ""


def counted_outcome(name: str, number: int) -> str:
    """An outcome after its count."""
    return OUTCOMES_COUNTED.get(name, name) if number > 1 else name


def condition(name: str) -> str:
    """Name of a condition in French; one setting or one model keeps its own name."""
    group, dot, own = name.partition(".")
    if dot and group in CONDITIONS:
        return f"{CONDITIONS[group]}, {DETAILS.get(own, own)}"
    return CONDITIONS.get(name, name)


def kind_label(kind: str) -> str:
    """A kind of question in French; a kind of one's own is shown as it is."""
    return KINDS.get(kind, kind)
