"""Questions of the page: what was asked, answered, expected and found, each folded in its place."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from assistant.language.typography import typeset
from assistant.model import Sentence
from eval.report import texts
from eval.report.content import Content, Entry
from eval.report.images import Picture, Pictures
from eval.report.texts import breakable, ours, safe
from eval.report.wording import counted_outcome, kind_label

_SENTENCE: Final = 900
_ANSWER: Final = 5000
"""Characters of a sentence and of an answer that are shown; `questions.jsonl` has everything."""
_FACT: Final = 300
_RANKED: Final = 10
"""Pages of the ranking that are shown."""
_CITED: Final = 12


def question(entry: Entry, gravity: int, pictures: list[Picture]) -> str:
    """One question, open when there is something to mend; `gravity` is its rank in the page."""
    asked, found = entry.asked, entry.verdict
    tone = "ok" if entry.right else "ko"
    outcome = found.outcome[:1].upper() + found.outcome[1:]
    facts = ", ".join(entry.remarks())
    about = " · ".join(
        [
            breakable(asked.question.id),
            safe(kind_label(asked.question.kind)),
            texts.duration(asked.wall_ms),
        ]
    )
    parts = [
        _history(asked.question.history),
        _answer(entry),
        f"<div class=deux><div>{_gold(entry)}</div><div>{_ranking(entry)}</div></div>",
        *(_picture(one, entry.anchor) for one in pictures),
    ]
    return (
        f'<details class="question{"" if entry.right else " reprendre"}" id="{entry.anchor}" '
        f'data-issue="{safe(found.outcome)}" data-genre="{safe(asked.question.kind)}" '
        f'data-ms="{asked.wall_ms:.1f}" data-place="{entry.place}" data-gravite="{gravity}"'
        f"{'' if entry.right else ' open'}><summary>"
        f"<h3>{safe(texts.shortened(asked.question.question, _SENTENCE))}</h3>"
        f"<span class=etat><span class={tone}>{safe(outcome)}</span>\u00a0: {safe(typeset(facts))}"
        f"<br><span class=discret>{about}</span></span></summary>"
        f"<div class=corps>{''.join(parts)}</div></details>"
    )


def _history(history: tuple[str, ...]) -> str:
    if not history:
        return ""
    items = "".join(f"<li>{safe(texts.shortened(one, _SENTENCE))}</li>" for one in history)
    return f"<h4>Questions précédentes de la conversation</h4><ol class=liste>{items}</ol>"


def _answer(entry: Entry) -> str:
    answer = entry.asked.answer
    if answer is None:
        said = safe(texts.shortened(entry.asked.error or "Échec sans explication.", _SENTENCE))
        return f"<h4>Réponse</h4><p class=ko>{said}</p>"
    near = [one for one in answer.sentences if answer.abstained or one.role == "near"]
    given = [one for one in answer.sentences if one not in near]
    parts = ["<h4>Réponse</h4><div class=reponse>"]
    if answer.understood and answer.understood != answer.question:
        understood = safe(texts.shortened(answer.understood, _SENTENCE))
        parts.append(f"<p class=discret>Question comprise\u00a0: {understood}</p>")
    if answer.abstained:
        reason = safe(texts.shortened(answer.reason or "sans raison donnée", _SENTENCE))
        parts.append(f"<p><b>Refus.</b> {reason}</p>")
    parts.append(_sentences(entry, given))
    if near:
        parts.append(
            "<p class=discret>Extraits proposés à part, qui ne comptent pas comme réponse\u00a0:"
            "</p>" + _sentences(entry, near)
        )
    parts.append(
        f"<p class='discret petit'>Confiance affichée\u00a0: {texts.number(answer.confidence)}</p>"
        "</div>"
    )
    parts.append(_citations(entry))
    return "".join(parts)


def _sentences(entry: Entry, sentences: list[Sentence]) -> str:
    parts: list[str] = []
    left = _ANSWER
    shown = 0
    for listed, group in groupby(sentences, key=lambda one: one.role == "list_item"):
        done = []
        for one in group:
            if left <= 0:
                break
            text = texts.shortened(one.text, min(_SENTENCE, left))
            left -= len(text)
            shown += 1
            marks = "".join(
                f" <span class=num>{number}</span>" for number in entry.numbers(one.citations)
            )
            written = " <span class='discret petit'>(rédigé)</span>" * (one.kind == "generated")
            done.append(f"{safe(text)}{marks}{written}")
        if listed and done:
            parts.append("<ul>" + "".join(f"<li>{one}</li>" for one in done) + "</ul>")
        else:
            parts += [f"<p>{one}</p>" for one in done]
    if shown < len(sentences):
        rest = texts.plural(len(sentences) - shown, "phrase", "phrases")
        parts.append(
            f"<p class=discret>Suite non montrée ici ({rest})\u00a0: voyez questions.jsonl.</p>"
        )
    return "".join(parts)


def _citations(entry: Entry) -> str:
    if not entry.cited:
        return ""
    gold = entry.asked.question.is_gold
    items = "".join(
        f"<li>{safe(texts.shortened(one.document, _FACT))}, page\u00a0"
        f"{safe(texts.shortened(one.page_label, 20))} (<code>{breakable(one.file)}</code>"
        f"{f', page {one.page} du fichier' if one.page_label != str(one.page) else ''})"
        f"{_EXPECTED if gold(one.file, one.page) else ''}</li>"
        for one in entry.cited[:_CITED]
    )
    rest = len(entry.cited) - _CITED
    more = f"<p class=discret>Et {texts.plural(rest, 'autre page', 'autres pages')}.</p>"
    return f"<h4>Pages citées</h4><ol class=liste>{items}</ol>{more if rest > 0 else ''}"


_EXPECTED: Final = " <span class=ok>✓\u00a0page attendue</span>"


def _gold(entry: Entry) -> str:
    asked, missing = entry.asked.question, set(entry.verdict.missing)
    if not asked.answerable:
        said = "<p>Le corpus ne répond pas\u00a0: la bonne réponse est un refus.</p>"
        if asked.also:
            pages = ", ".join(f"{breakable(one.file)}, page\u00a0{one.page}" for one in asked.also)
            said += f"<p>Citer seulement ces pages est aussi juste\u00a0: {pages}.</p>"
    else:
        pages = "".join(
            f"<li><code>{breakable(one.file)}</code>, page\u00a0{one.page}</li>"
            for one in asked.gold
        )
        said = f"<ul class=liste>{pages}</ul>"
        for name, wanted in (("Faits attendus", asked.facts), ("Éléments attendus", asked.items)):
            if wanted:
                items = "".join(f"<li>{_fact(one, one in missing)}</li>" for one in wanted)
                said += f"<p class='discret petit'>{name}\u00a0:</p><ul class=liste>{items}</ul>"
    note = (
        f"<p class='discret petit'>Note\u00a0: {safe(texts.shortened(asked.note, _FACT))}</p>"
        if asked.note
        else ""
    )
    return f"<h4>Attendu</h4>{said}{note}"


def _fact(fact: str, lost: bool) -> str:
    shown = safe(texts.shortened(" ou ".join(part.strip() for part in fact.split("|")), _FACT))
    mark = "<span class=ko>✗\u00a0absent</span>" if lost else "<span class=ok>✓</span>"
    return f"«\u00a0{shown}\u00a0» {mark}"


def _ranking(entry: Entry) -> str:
    ranking = entry.asked.ranking
    if not ranking:
        return "<h4>Classement de la recherche</h4><p class=discret>Aucune page.</p>"
    items = "".join(
        f"<li><code>{breakable(one.file)}</code>, page\u00a0{one.page}"
        f"{_EXPECTED if entry.asked.question.is_gold(one.file, one.page) else ''}</li>"
        for one in ranking[:_RANKED]
    )
    return f"<h4>Classement de la recherche</h4><ol class=liste>{items}</ol>"


def _picture(one: Picture, anchor: str) -> str:
    role = "citée" if one.cited else "attendue"
    name = f"{texts.shortened(one.file, 120)}, page\u00a0{one.page}"
    if not one.uri:
        return (
            f'<p class=petit>Page {role}\u00a0: <a href="#{one.shown_at}">montrée sous une autre '
            f"question</a> ({safe(name)}).</p>"
        )
    marked = ", passages cités surlignés" if one.cited else ""
    return (
        f"<details class=page><summary>Page {role}\u00a0: {safe(name)}</summary>"
        f'<img src="{one.uri}" width="{one.width}" height="{one.height}" loading="lazy" '
        f'alt="Image de la page {role}\u00a0: {safe(name)}{marked}"></details>'
    )


def questions(content: Content, pictures: Pictures) -> str:
    """All the questions, those to mend first, and what filters and sorts them."""
    if not content.entries:
        return "<p>Aucune question n’a été posée.</p>"
    body = "".join(
        question(one, rank, pictures.by_anchor.get(one.anchor, []))
        for rank, one in enumerate(content.failing_first)
    )
    return f"{_filters(content)}<div id=liste-questions>{body}</div>"


def _filters(content: Content) -> str:
    """Hidden until the script shows them: without it they would do nothing."""
    kinds = sorted({one.asked.question.kind for one in content.entries}, key=kind_label)
    outcomes = "".join(
        f'<option value="{safe(name)}">{safe(name)} ({texts.count(number)})</option>'
        for name, number in content.outcomes.items()
        if number
    )
    options = "".join(
        f'<option value="{safe(one)}">{safe(texts.shortened(kind_label(one), 60))}</option>'
        for one in kinds
    )
    counted = texts.plural(len(content.entries), "question")
    return (
        "<div class=filtres id=filtres hidden>"
        "<div><label for=filtre-issue>Résultat</label><select id=filtre-issue>"
        f'<option value="">tous</option><option value="*">à reprendre</option>{outcomes}'
        "</select></div>"
        "<div><label for=filtre-genre>Genre</label><select id=filtre-genre>"
        f'<option value="">tous</option>{options}</select></div>'
        "<div><label for=filtre-ordre>Ordre</label><select id=filtre-ordre>"
        "<option value=gravite>à reprendre d’abord</option>"
        "<option value=place>celui du jeu</option>"
        "<option value=lenteur>les plus lentes d’abord</option></select></div>"
        "<button type=button id=deplier>Tout déplier ou replier</button>"
        f"<p id=compte-questions role=status>{counted}</p></div>"
    )


def counted(content: Content) -> str:
    """How many questions had each outcome."""
    items = "".join(
        f"<li><b>{texts.count(number)}</b> {ours(counted_outcome(name, number))}</li>"
        for name, number in content.outcomes.items()
        if number
    )
    return f"<ul class=bilan>{items}</ul>" if items else ""
