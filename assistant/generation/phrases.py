"""Questions as sequences of marked words: noun phrases, names, question words.

No parser ships with the project: what is read here is what closed lists and the order of words
say in French. It serves the rewriting of follow-ups, which must know what a question is about.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from assistant.language.analyser import analyse, stem
from assistant.language.entities import find_dates, find_names, find_sigles
from assistant.language.normalise import fold
from assistant.language.words import MONTHS, STOP_WORDS, words

_TOKEN = re.compile(
    r"«[^»]*»|“[^”]*”|\"[^\"]*\"|[^\W\d_]+['’](?=\w)|(?:[A-Z]\.){2,}|"
    r"\w+(?:[.\-‐‑]\w+)*|[^\w\s]"
)
_INVERTED = re.compile(r"-(?:t-)?(?:il|elle|ils|elles|on|je|vous|nous|ce)$")
INVERTED_THIRD = re.compile(r"-(?:t-)?(?:il|elle|ils|elles)$")
_CODE = re.compile(r"[A-Z]{1,5}_?\d+(?:\.\d+)?")
_YEAR = re.compile(r"(?:19|20)\d\d(?:-(?:19|20)?\d\d)?")

WH = words(
    "qui que qu' quoi quel quelle quels quelles quand comment combien pourquoi lequel laquelle "
    "lesquels lesquelles ou koi kel kelle"
)
"""Folded question words; « ou » is also « où »."""

ARTICLES = words("le la les l' un une")
_OTHER_DETERMINERS = words(
    "chaque tout toute tous toutes mon ma mes notre nos votre vos son sa ses leur leurs ce cet "
    "cette ces plusieurs certains certaines"
)
DETERMINING = ARTICLES | words(
    "chaque tout toute tous toutes mon ma mes notre nos votre vos plusieurs certains ce cet cette "
    "ces deux trois"
)
"""Folded words that open a noun phrase."""

CONTRACTED = {"du": "le", "des": "les", "au": "le", "aux": "les"}
"""Preposition and article in one word → the article alone."""

OF = words("de d' du des")
_PREPOSITIONS = words(
    "a au aux dans sur sous pour par avec sans en depuis avant apres selon chez entre vers contre "
    "pendant durant lors des jusqu'"
)
_VERBS = words(
    "est sont etait etaient sera seront soit a ont avait avaient aura auront peut peuvent pourra "
    "doit doivent devra faut fait font va vont existe existent compte comptent suit suivent"
)
_CLITICS = words("se s' ne n' y me m' te t' on il elle ils elles je nous vous")
_RELATIVES = words("qui que qu' dont lequel laquelle lesquels lesquelles")

FACETS = frozenset(
    stem(word)
    for word in words(
        """
        montant plafond plancher budget enveloppe dotation financement subvention aide taux
        pourcentage cout prix tarif somme date echeance delai duree calendrier limite depot
        candidature dossier deposer candidater postuler adresse contact mail courriel telephone
        lien site condition critere eligibilite eligible beneficiaire public piece depense
        objectif but enjeu etape selection jury operateur porteur pilote responsable financeur
        partenaire acteur membre president presidente directeur directrice nombre liste exemple
        resultat bilan indicateur cible perimetre lieu frequence rythme risque avantage inconvenient
        contenu definition role mission obligation sanction exception regle version page document
        debut fin commencer demarrer finir terminer durer couter financer payer piloter porter
        presider organiser participer obtenir demander beneficier concerner admis admise accepte
        acceptee maximum maximal maximale minimum minimal minimale total totale global globale
        moyen moyenne projet ensuite suite detail precision explication raison cause renouvelable
        obligatoire possible gratuit payant cumulable prevu prevue principal principale different
        differente premier premiere second seconde dernier derniere prochain prochaine nouveau
        fourchette relever releve commence demarre finance pilote porte dure coute termine debute
        chiffre part proportion valeur source auteur date annee jour mois heure fournir joindre
        dire dit dites
        envoyer remettre rendre servir consiste contient comprend prevoit propose existe change
        concretement exactement fixe retenu retenue notifie informer inscrire inscription
        """
    )
)
"""Terms that name a side of a subject (its date, its cost), never a subject."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a quoted phrase or a mark of a question."""

    text: str
    start: int
    end: int

    @property
    def folded(self) -> str:
        """Its folded form; an elided word keeps its apostrophe (« l' »)."""
        return fold(self.text)

    @property
    def quoted(self) -> bool:
        """Whether it is a phrase between quotation marks."""
        return self.text[0] in '«“"' and len(self.text) > 1

    @property
    def word(self) -> bool:
        """Whether it is no mark."""
        return self.quoted or self.text[0].isalnum()


def is_verb(token: Token) -> bool:
    """Whether a word is surely a verb: inverted (« doit-il »), or of a short closed list."""
    return token.folded in _VERBS or _INVERTED.search(token.folded) is not None


class Phrase:
    """A text with its words, its names and the noun phrases around them.

    Attributes:
        text: as typed.
        tokens: its words and marks.
    """

    def __init__(self, text: str, known: Collection[str] = ()) -> None:
        """Read a question.

        Args:
            text: as typed.
            known: folded sigles and names of the corpus, for those typed in lower case.
        """
        self.text = text
        self.tokens = [Token(m[0], *m.span()) for m in _TOKEN.finditer(text)]
        self._known = known

    @cached_property
    def folded(self) -> str:
        """The folded text, on one line."""
        return " ".join(fold(self.text).split())

    @cached_property
    def terms(self) -> list[str]:
        """Its index terms."""
        return analyse(self.text)

    @cached_property
    def dates(self) -> list[tuple[int, int]]:
        """Places of dates, months with their year and years."""
        found = [(one.start, one.end) for one in find_dates(self.text)]
        for token in self.tokens:
            if _YEAR.fullmatch(token.text) and not any(
                start <= token.start < end for start, end in found
            ):
                found.append((token.start, token.end))
        return sorted(found)

    @cached_property
    def anchors(self) -> list[tuple[int, int]]:
        """Places of quoted phrases, sigles, codes and proper names, in order, apart."""
        spans = [(t.start, t.end) for t in self.tokens if t.quoted]
        spans += [(one.start, one.end) for one in find_sigles(self.text)]
        spans += [(one.start, one.end) for one in find_names(self.text)]
        spans += [
            (t.start, t.end)
            for t in self.tokens
            if len(t.text) > 2 and t.folded in self._known and t.folded not in STOP_WORDS
        ]
        merged: list[tuple[int, int]] = []
        for start, end in sorted(spans):
            if fold(self.text[start:end]) in MONTHS:
                continue
            if merged and start < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    @property
    def codes(self) -> list[Token]:
        """Words that are a letter code with a number (« A4 », « IMP_1 », « S3.0 »)."""
        return [token for token in self.tokens if _CODE.fullmatch(token.text)]

    def is_content(self, token: Token) -> bool:
        """Whether a word carries a meaning of its own."""
        return token.quoted or (
            token.word
            and token.text[-1] not in "'’"
            and (bool(analyse(token.text)) or sum(char.isupper() for char in token.text) > 1)
            and not is_verb(token)
            and token.folded not in WH | _PREPOSITIONS
        )

    def is_facet(self, token: Token) -> bool:
        """Whether a word only names a side of a subject."""
        return not token.quoted and stem(token.text) in FACETS

    def in_date(self, token: Token) -> bool:
        """Whether a word belongs to a date."""
        return any(start <= token.start < end for start, end in self.dates)

    def in_anchor(self, token: Token) -> bool:
        """Whether a word belongs to a name, a sigle or a quoted phrase."""
        return any(start <= token.start < end for start, end in self.anchors)

    def subjects(self) -> list[Token]:
        """Content words that are no facet nor date: what a text is about."""
        return [
            token
            for token in self.tokens
            if self.is_content(token) and not self.is_facet(token) and not self.in_date(token)
        ]

    def extent(self, at: int) -> tuple[int, int]:
        """Bounds, in tokens, of the noun phrase around the token `at`, determiner included."""
        first = at
        while first > 0:
            left = self.tokens[first - 1]
            if self._attached(left):
                first -= 1
                continue
            joint = self._joint(first - 1)
            if joint is None:
                break
            first = joint
        determined = first > 0 and self.tokens[first - 1].folded in (
            ARTICLES | _OTHER_DETERMINERS | CONTRACTED.keys()
        )
        return first - determined, self._right(at)

    def _attached(self, token: Token) -> bool:
        """Whether a word on the left of a noun is part of its phrase (« guichet » Diag DM)."""
        if not token.word or is_verb(token) or token.folded in WH or self.in_date(token):
            return False
        return self.in_anchor(token) or (self.is_content(token) and not self.is_facet(token))

    def _joint(self, at: int) -> int | None:
        """Index of the noun that « de », « du », « de la »… at `at` hangs on; `None` if none."""
        position = at
        if self.tokens[position].folded in {"la", "l'", "les"}:
            position -= 1
        # « Le règlement européen sur l'IA » is one subject, as « le guide de la HAS ».
        if position < 1 or self.tokens[position].folded not in OF | {"sur", "pour"}:
            return None
        left = self.tokens[position - 1]
        return position - 1 if self._attached(left) and left.word else None

    def _right(self, at: int) -> int:
        """End, in tokens, of the phrase that runs through the token `at`."""
        call = any(stem(t.text) in CALLS for t in self.tokens[max(0, at - 4) : at + 1])
        last = at + 1
        while last < len(self.tokens):
            token = self.tokens[last]
            if not token.word and token.text not in "’'/&-":
                break
            if is_verb(token) or token.folded in _RELATIVES | WH | _CLITICS:
                break
            following = self.tokens[last + 1] if last + 1 < len(self.tokens) else None
            if token.folded in ARTICLES and self.tokens[last - 1].folded not in (
                OF | _PREPOSITIONS | {"et"}
            ):
                break  # a second phrase begins (« Mon espace santé | la région compte-t-elle »)
            if token.folded in _PREPOSITIONS - OF:
                dated = following is not None and self.in_date(following)
                if dated or not (call or token.folded == "en"):
                    break
            last += 1
        while last > at + 1 and self.tokens[last - 1].folded in (
            OF | _PREPOSITIONS | ARTICLES | {"et", "ou"}
        ):
            last -= 1
        return last

    def slice(self, first: int, last: int) -> str:
        """Text of the tokens `[first, last)`, as typed."""
        if first >= last:
            return ""
        return self.text[self.tokens[first].start : self.tokens[last - 1].end]

    def named(self, first: int, last: int) -> str:
        """The same as a phrase that stands alone: « du guichet » gives « le guichet »."""
        if first >= last:
            return ""
        head = self.tokens[first]
        if head.folded in CONTRACTED:
            article = CONTRACTED[head.folded]
            if first + 1 < last:
                return f"{article} {self.slice(first + 1, last)}"
        return self.slice(first, last)


CALLS = frozenset(stem(word) for word in words("ami aap appel dispositif guichet challenge"))
"""Stems of what calls for projects, whose name often holds « aux », « sur », « pour »."""

HEADS: tuple[frozenset[str], ...] = tuple(
    frozenset(stem(word) for word in words(group))
    for group in (
        "ami aap appel dispositif guichet challenge programme fonds",
        "chu ch chru ghu ght hopital hopitaux clinique ehpad etablissement centre groupement gcs "
        "grades urps cpts samu",
        "copil comite cotech costra commission conseil groupe instance reunion",
        "guide srs prs schema strategie communique notice note fiche bulletin rapport feuille "
        "plan referentiel",
        "region departement ville territoire commune",
        "axe objectif enjeu action critere fonction indicateur module decision mesure priorite "
        "etape geste niveau article annexe",
        "messagerie plateforme application outil logiciel service solution",
    )
)
"""Kinds of subjects, by the nouns that head them: one takes the place of another."""
CALL = 0
"""The kind of calls for projects and of what funds them, in `HEADS`."""


def head_kind(token: Token) -> int | None:
    """Rank in `HEADS` of the kind a noun heads; `None` for any other word."""
    term = stem(token.text)
    return next((rank for rank, group in enumerate(HEADS) if term in group), None)


def noun_phrases(phrase: Phrase) -> Iterator[tuple[int, int]]:
    """Bounds, in tokens, of the noun phrases that name a subject, names first, in order."""
    seen: set[int] = set()
    subjects = phrase.subjects()
    ordered = [t for t in subjects if phrase.in_anchor(t)]
    ordered += [t for t in subjects if not phrase.in_anchor(t)]
    for token in ordered:
        at = phrase.tokens.index(token)
        if at in seen:
            continue
        first, last = phrase.extent(at)
        seen.update(range(first, last))
        yield first, last
