"""A measured set as people read it: a French table, and sentences that say what hurts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eval.classements import MAIN, MEASURES

if TYPE_CHECKING:
    from rich.table import Table

WIDE = 92
"""Columns that a table needs to show every interval."""

LABELS = {
    "lexical": "lexical",
    "dense": "dense",
    "fused": "fusionné",
    "reranked": "réordonné",
    "bm25s": "bm25s",
    "llama_index": "llama-index",
    "hybrid": "hybride RRF",
}
_SUBJECTS = {
    "lexical": "la recherche lexicale",
    "dense": "la recherche dense",
    "fused": "la fusion",
    "reranked": "le réordonnancement",
    "bm25s": "bm25s",
    "llama_index": "llama-index",
    "hybrid": "l'hybride RRF",
}
_AGAINST = {
    "lexical": "à la recherche lexicale",
    "dense": "à la recherche dense",
    "fused": "à la fusion",
    "reranked": "au réordonnancement",
    "bm25s": "à bm25s",
    "llama_index": "à llama-index",
    "hybrid": "à l'hybride RRF",
}
_STEPS = {
    "understand": "comprendre la question",
    "embed_query": "vecteur de la question",
    "lexical": "lexical",
    "dense": "dense",
    "fused": "fusionné",
    "reranked": "recherche entière",
}
_REMARKS = {
    "empty_documents": "document{s} vide{s}",
    "repeated_documents": "document{s} répété{s} (le premier est gardé)",
    "same_text_documents": "document{s} au texte déjà lu sous un autre identifiant",
    "empty_queries": "question{s} vide{s}",
    "repeated_queries": "question{s} répétée{s} (la première est gardée)",
    "repeated_judgements": "jugement{s} répété{s} (le plus favorable est gardé)",
    "judgements_on_unknown_documents": "jugement{s} sur un document absent du corpus "
    "(compté{s} comme non trouvé{s})",
    "judgements_on_unknown_queries": "jugement{s} sur une question inconnue (écarté{s})",
    "queries_without_relevant": "question{s} sans document pertinent (non mesurée{s})",
}


def number(value: float, digits: int = 3) -> str:
    """A figure the French way: « 0,847 », « −0,004 »."""
    return f"{value:.{digits}f}".replace(".", ",").replace("-", "−")


def count(value: int) -> str:
    """A whole number the French way: « 12 345 »."""
    return f"{value:,}".replace(",", "\u202f")


def table_of(result: Mapping[str, Any], *, width: int = WIDE) -> Table:
    """The figures of one set: a line a stage, the best of each column marked by ★.

    Below `WIDE` columns, only the main figure has its interval: nothing is cut.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    measured = result["set"]
    table = Table(
        title=f"{measured['name']}\u00a0: {count(measured['documents'])}\u00a0documents, "
        f"{count(measured['queries_measured'])}\u00a0questions",
        caption="Moyenne et intervalle à 95\u00a0% sur les questions\u00a0; "
        "★\u00a0: le meilleur de la colonne.",
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    systems = {**result["stages"], **result["references"]}
    best = {
        measure: max(figures[measure]["value"] for figures in systems.values())
        for measure in MEASURES
    }
    table.add_column("étape")
    for measure in MEASURES:
        table.add_column(measure, justify="right")
    for name, figures in systems.items():
        cells = []
        for measure in MEASURES:
            figure = figures[measure]
            mark = "★" if figure["value"] == best[measure] else " "
            cell = Text(f"{number(figure['value'])}{mark}", "bold" if mark == "★" else "")
            if width >= WIDE or measure == MAIN:
                cell += Text(f"\n{number(figure['low'])}–{number(figure['high'])} ", "dim")
            cells.append(cell)
        table.add_row(
            LABELS[name],
            *cells,
            end_section=name == list(result["stages"])[-1] and bool(result["references"]),
        )
    return table


def sentences(result: Mapping[str, Any]) -> list[str]:
    """What the comparisons say, one sentence each; a stage that hurts is said first."""
    said = [(_order(item), comparison_sentence(item)) for item in result["comparisons"]]
    return [sentence for _, sentence in sorted(said, key=lambda pair: pair[0])]


def _order(item: Mapping[str, Any]) -> int:
    return {"worse": 0, "not told apart": 1, "better": 2}[item["verdict"]]


def comparison_sentence(item: Mapping[str, Any]) -> str:
    """« Le réordonnancement perd 0,004 de nDCG@10 par rapport à la fusion (p = 0,020). »."""
    subject = _SUBJECTS[item["stage"]]
    subject = subject[0].upper() + subject[1:]
    size = number(abs(item["difference"]))
    chance = "p\u00a0<\u00a00,001" if item["p"] < 0.001 else f"p\u00a0=\u00a0{number(item['p'])}"
    bounds = f"de {number(item['low'])} à {number(item['high'])} à 95\u00a0%"
    against = f"par rapport {_AGAINST[item['against']]}"
    if item["difference"] == 0:
        return f"{subject} ne change pas le {item['measure']} {against}."
    verb = "gagne" if item["difference"] > 0 else "perd"
    text = f"{subject} {verb} {size} de {item['measure']} {against} sur ce jeu"
    text = f"{text} ({chance}\u00a0; {bounds})"
    if item["verdict"] == "not told apart":
        return f"{text}\u00a0: l'écart peut être dû au hasard des questions."
    return f"{text}."


def remarks(result: Mapping[str, Any]) -> list[str]:
    """What is odd about the set, in French."""
    found = {name: result["set"][name] for name in _REMARKS if result["set"][name]}
    return [
        f"{count(value)}\u00a0{_REMARKS[name].format(s='s' if value > 1 else '')}"
        for name, value in found.items()
    ]


def conditions(result: Mapping[str, Any]) -> list[str]:
    """Latencies, memory, building and machine, in French."""
    from assistant.progress import duration

    built, machine = result["build"], result["machine"]
    lines = [
        f"Index\u00a0: {count(built['passages'])}\u00a0passages, "
        f"{count(built['windows'])}\u00a0fenêtres "
        f"(dont {count(built['windows_embedded_now'])} calculées cette fois), "
        f"construit en {duration(built['seconds'])}.",
        "Durées en ms, médiane / 95e centile\u00a0: "
        + "\u00a0; ".join(
            f"{_STEPS[name]} {number(figures['p50'], 1)} / {number(figures['p95'], 1)}"
            for name, figures in result["latency_ms"].items()
        )
        + ".",
    ]
    memory = result["memory_peak_mb"]
    lines.append(
        (f"Mémoire au plus\u00a0: {count(round(memory))}\u00a0Mo. " if memory else "")
        + f"Machine\u00a0: {machine['cores']}\u00a0cœurs, {machine['processor']}."
    )
    return lines


def summary_table(results: Sequence[Mapping[str, Any]]) -> Table:
    """All sets together: nDCG@10 of every stage, a line a set."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"{MAIN} de chaque étape, par jeu", title_justify="left")
    names = list(dict.fromkeys(name for result in results for name in _systems(result)))
    table.add_column("jeu")
    for name in names:
        table.add_column(LABELS[name], justify="right")
    for result in results:
        systems = _systems(result)
        best = max(figures[MAIN]["value"] for figures in systems.values())
        cells = [
            Text(
                f"{number(systems[name][MAIN]['value'])}"
                f"{'★' if systems[name][MAIN]['value'] == best else ' '}"
            )
            if name in systems
            else Text("")
            for name in names
        ]
        table.add_row(result["set"]["name"], *cells)
    return table


def _systems(result: Mapping[str, Any]) -> dict[str, Any]:
    return {**result["stages"], **result["references"]}


def harmful(results: Iterable[Mapping[str, Any]]) -> list[str]:
    """« jeu : phrase » for every stage of ours that does worse than an earlier one."""
    return [
        f"{result['set']['name']}\u00a0: {comparison_sentence(item)}"
        for result in results
        for item in result["comparisons"]
        if item["verdict"] == "worse"
    ]
