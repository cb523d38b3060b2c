"""What a report says, before any format: outcomes of the questions, sentences, what hurts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from assistant.language.typography import typeset
from assistant.model import Citation
from eval.figures import OUTCOMES, Verdict, verdict
from eval.records import Asked, Comparison, Difference, Figures, GateResult, Run, RunState
from eval.report import texts
from eval.report.wording import MODES, SPLITS, STATES, grouped, wording


@dataclass(frozen=True)
class Entry:
    """A question as the report shows it.

    Attributes:
        place: rank in the set, from 1.
        asked: what was kept of it.
        verdict: what it is worth.
    """

    place: int
    asked: Asked
    verdict: Verdict

    @property
    def right(self) -> bool:
        """Whether nothing needs to be mended."""
        return self.verdict.right

    @property
    def anchor(self) -> str:
        """Identifier of the question in the page; made of nothing foreign."""
        return f"q-{self.place}"

    @cached_property
    def cited(self) -> tuple[Citation, ...]:
        """One citation a page cited, in the order of the answer: their ranks are their numbers."""
        answer = self.asked.answer
        found: dict[tuple[str, int], Citation] = {}
        for sentence in answer.sentences if answer else ():
            for citation in sentence.citations:
                found.setdefault((citation.document_id, citation.page), citation)
        return tuple(found.values())

    def numbers(self, citations: Sequence[Citation]) -> list[int]:
        """Numbers of the pages of these citations, each once, rising."""
        order = [(one.document_id, one.page) for one in self.cited]
        return sorted({order.index((one.document_id, one.page)) + 1 for one in citations})

    def remarks(self) -> list[str]:
        """What happened, in words: the rank of the page, the facts, the refusal, the proofs."""
        found, asked = self.verdict, self.asked
        if asked.answer is None:
            return [asked.error or "échec sans explication"]
        said: list[str] = []
        if asked.question.answerable:
            said.append(_page_words(found))
            if found.abstained:
                said.append("refus alors que le corpus répond")
        else:
            said.append(
                "refus, comme attendu"
                if found.abstained
                else "réponse citant la page qui convient"
                if found.right
                else "réponse donnée alors que le corpus ne répond pas"
            )
        if found.facts is not None and not found.abstained:
            facts = len(asked.question.facts)
            lost = sum(fact in found.missing for fact in asked.question.facts)
            if lost:
                what = "fait attendu absent" if lost == 1 else f"{lost} faits attendus absents"
                said.append(what + (f" sur {facts}" if facts > 1 else ""))
            else:
                said.append("fait attendu présent" if facts == 1 else "faits attendus présents")
        if found.items is not None and not found.abstained:
            items = asked.question.items
            held = len(items) - sum(item in found.missing for item in items)
            said.append(f"{held} des {len(items)} éléments attendus")
        if asked.question.answerable and not found.abstained and not found.right:
            said += self._why()
        if found.unverified:
            said.append(
                texts.plural(
                    found.unverified,
                    "extrait introuvable sur sa page",
                    "extraits introuvables sur leur page",
                )
            )
        if found.generated > found.faithful:
            lost = found.generated - found.faithful
            said.append(
                texts.plural(
                    lost,
                    "phrase que ses citations ne disent pas",
                    "phrases que leurs citations ne disent pas",
                )
            )
        return said

    def _why(self) -> list[str]:
        """What keeps an answer from being right, besides facts that nothing shows."""
        answer, question = self.asked.answer, self.asked.question
        assert answer is not None
        given = [one for one in answer.sentences if one.role != "near"]
        on_gold = any(question.is_gold(c.file, c.page) for one in given for c in one.citations)
        if not on_gold:
            return ["page attendue non citée par la réponse"]
        if not self.verdict.missing and not self.verdict.unverified:
            return ["le fait attendu n’est que dans les extraits proposés à part"]
        return []


def _page_words(found: Verdict) -> str:
    if found.rank is not None:
        if found.rank == 1:
            return "bonne page en tête des sources"
        return f"bonne page en {found.rank}e source"
    if found.ranked is not None:
        rank = "1re" if found.ranked == 1 else f"{found.ranked}e"
        return f"bonne page non montrée ({rank} de la recherche)"
    return "bonne page non trouvée"


@dataclass(frozen=True)
class Content:
    """Everything a report is made of."""

    run: Run
    entries: tuple[Entry, ...]
    figures: Figures
    comparison: Comparison | None
    gate: GateResult | None
    readings: tuple[Mapping[str, Any], ...] = ()

    @cached_property
    def failing_first(self) -> tuple[Entry, ...]:
        """Questions to mend first: by gravity of the outcome, then in the order of the set."""
        order = {
            name: rank
            for rank, name in enumerate(
                ("échec", "réponse à tort", "réponse fausse", "refus à tort", "réponse incomplète")
            )
        }
        return tuple(
            sorted(
                self.entries,
                key=lambda one: (one.right, order.get(one.verdict.outcome, 9), one.place),
            )
        )

    @property
    def failing(self) -> tuple[Entry, ...]:
        """Questions to mend."""
        return tuple(one for one in self.failing_first if not one.right)

    @cached_property
    def outcomes(self) -> dict[str, int]:
        """How many questions had each outcome, in the order of `OUTCOMES`."""
        found = Counter(one.verdict.outcome for one in self.entries)
        return {name: found[name] for name in (*OUTCOMES, *sorted(set(found) - set(OUTCOMES)))}

    @property
    def title(self) -> str:
        """Title of the report."""
        return typeset(f"Évaluation du jeu « {self.run.conditions.set} »")

    def measured(self) -> str:
        """What was measured, in a sentence."""
        run, conditions = self.run, self.run.conditions
        asked = texts.plural(len(self.entries), "question posée", "questions posées")
        return typeset(
            f"{asked}, moitié de {SPLITS[conditions.split]}, le {texts.moment(run.started_at)}. "
            f"Forme des réponses : {MODES[conditions.mode]}. "
            f"Version {conditions.code_version}, {STATES[run.state]}."
        )

    def said_of_gate(self) -> str:
        """Verdict of the gate, in a sentence."""
        if self.gate is None:
            return typeset("Aucun seuil n’a été appliqué à cette mesure : elle ne conclut pas.")
        checks = self.gate.checks
        lost = [one for one in checks if not one.passed]
        if self.gate.passed:
            if not checks:
                return "La publication est permise, mais aucun seuil n’était demandé."
            held = "le seuil est tenu" if len(checks) == 1 else f"les {len(checks)} seuils tiennent"
            return typeset(f"La version peut être publiée : {held}.")
        if not lost:
            return "La version ne doit pas être publiée."
        counted = (
            "1 contrôle échoue"
            if len(lost) == 1
            else f"{len(lost)} contrôles sur {len(checks)} échouent"
        )
        return typeset(f"La version ne doit pas être publiée : {counted}.")

    def warnings(self) -> list[str]:
        """What must be known before any figure is read."""
        said: list[str] = []
        run = self.run
        if run.state is not RunState.COMPLETE or len(self.entries) < run.questions:
            done = texts.plural(len(self.entries), "question posée", "questions posées")
            said.append(
                f"Mesure partielle : {done} sur {texts.count(run.questions)}. Les chiffres ne "
                "valent que pour celles-là."
            )
        if run.conditions.split == "dev":
            said.append(
                "Cette moitié a servi aux choix de mise au point : ses chiffres flattent. Seule "
                "la moitié de contrôle (test) dit ce qu’il en est."
            )
        errors = sum(one.asked.answer is None for one in self.entries)
        if errors:
            said.append(
                f"{texts.plural(errors, 'question a échoué', 'questions ont échoué')} sans "
                "réponse : elles comptent comme fausses."
            )
        if not self.entries:
            said.append("Aucune question n’a été posée : rien n’est mesuré.")
        return [typeset(one) for one in said]

    def said_of_differences(self) -> str:
        """What changed since the other run, in a sentence."""
        compared = self.comparison
        if compared is None:
            return ""
        better = [one for one in compared.differences if one.verdict == "mieux"]
        worse = [one for one in compared.differences if one.verdict == "moins bien"]
        common = texts.plural(compared.same_questions, "question commune", "questions communes")
        if not better and not worse:
            return typeset(f"Sur {common}, aucun chiffre n’a changé au-delà du hasard.")
        said = [
            f"{names} : {_listed(ones)}"
            for names, ones in (("mieux", better), ("moins bien", worse))
            if ones
        ]
        return typeset(f"Sur {common}, au-delà du hasard, {' ; '.join(said)}.")

    def changed(self) -> dict[str, list[Any]]:
        """Questions won, lost, and changed otherwise."""
        groups: dict[str, list[Any]] = {"gagnées": [], "perdues": [], "changées autrement": []}
        for one in self.comparison.changed if self.comparison else ():
            name = {True: "gagnées", False: "perdues", None: "changées autrement"}[one.better]
            groups[name].append(one)
        return groups

    def limits(self) -> list[str]:
        """What this report does not prove."""
        said = [
            "Un intervalle à 95 % dit ce que le tirage des questions laisse d’incertitude. Il ne "
            "dit rien d’un autre corpus, ni de questions d’un autre genre.",
            "« 1,00 à 1,00 » veut dire qu’aucune erreur n’a été vue, non qu’il n’y en aura pas : "
            "sans erreur sur n cas, la vraie part d’erreurs peut encore atteindre environ 3 ÷ n.",
            "Une page ou une tournure juste que le jeu ne répertorie pas compte comme fausse.",
            "Les faits sont cherchés comme des mots et des nombres : une réponse qui les contient "
            "peut encore être mal tournée ou incomplète.",
            "Plusieurs chiffres sont comparés à la fois sans correction : entre deux mesures "
            "équivalentes, un chiffre sur vingt paraîtra différer.",
            "Les temps sont ceux d’une machine et d’un moment : ils ne se comparent qu’à machine "
            "égale et à charge égale.",
        ]
        small = [
            kind
            for kind in {one.asked.question.kind for one in self.entries}
            if sum(one.asked.question.kind == kind for one in self.entries) < 10
        ]
        if small:
            said.append(
                f"{texts.plural(len(small), 'genre compte', 'genres comptent')} moins de dix "
                "questions : leurs chiffres sont indicatifs."
            )
        if self.run.conditions.split == "test" and self.readings:
            said.append(
                f"La moitié de contrôle a été lue {texts.count(len(self.readings))} fois à ce "
                "jour : plus elle sert, moins elle surprend."
            )
        return [typeset(one) for one in said]


_TOLD = 3


def _listed(differences: Sequence[Difference]) -> str:
    """The first figures that changed, by name, and how many others."""
    known = {one.name: one for one in differences}
    ordered = [known[name] for names in grouped(known).values() for name in names]
    ordered += [one for one in differences if one not in ordered]
    said = ", ".join(
        f"{_lowered(wording(one.name).label)} ({texts.signed(one.difference)})"
        for one in ordered[:_TOLD]
    )
    rest = len(ordered) - _TOLD
    return (
        f"{said} et {texts.plural(rest, 'autre chiffre', 'autres chiffres')}" if rest > 0 else said
    )


def _lowered(label: str) -> str:
    """A label inside a sentence."""
    return label[:1].lower() + label[1:]


def gather(
    run: Run,
    asked: Sequence[Asked],
    figures: Figures,
    comparison: Comparison | None,
    gate: GateResult | None,
    readings: Sequence[Mapping[str, Any]],
) -> Content:
    """Judge every question once, for all the files of a report."""
    entries = tuple(Entry(place, one, verdict(one)) for place, one in enumerate(asked, start=1))
    return Content(run, entries, figures, comparison, gate, tuple(readings))
