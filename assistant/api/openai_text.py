"""An answer as the Markdown of a chat: notes in the text, the pages at its end.

Chat programs show Markdown. What a document wrote is escaped, so that no text of it becomes a
link or a picture that the reader's browser would fetch elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assistant.api.openai_bodies import ChatCitation
from assistant.exports.markdown import escape, line_safe
from assistant.generation.differing import standing
from assistant.language.typography import place_mark, typeset
from assistant.model import Answer, Citation, Differing, Document, Sentence

_REPLACED = "**Réponse définitive, qui remplace ce qui précède :**"
_NEAR = {
    False: "Autres extraits proches :",
    True: "Ce qui s’en approche, sans répondre à la question :",
}
"""Title of the extracts that come near, by whether the answer is a refusal."""
_NEAREST = 5
"""Pages listed when nothing is cited."""

PathOf = Callable[[str, int], str]
"""Path of a page, from the identifier of its document and its number."""


@dataclass(frozen=True)
class Places:
    """Where pages are read.

    Attributes:
        documents: by identifier; may miss some.
        path: path of a page on this server.
        base: address of this server, without a final slash.
    """

    documents: Mapping[str, Document]
    path: PathOf
    base: str

    def mark(self, document_id: str, label: str) -> str:
        """A page in short: « p. 3 »."""
        found = self.documents.get(document_id)
        return place_mark(label, found.metadata.unit if found else "page")

    def link(self, title: str, document_id: str, page: int, label: str) -> str:
        """« title, p. 3 », linked to the page."""
        shown = escape(f"«\u00a0{title}\u00a0», {self.mark(document_id, label)}")
        return f"[{shown}]({self.base}{self.path(document_id, page)})"


class ChatText:
    """The text of one answer, sent piece by piece or at once.

    Args:
        places: where pages are read.
        understood: the question searched, when it completes the one typed.
    """

    def __init__(self, places: Places, understood: str | None = None) -> None:
        self._places = places
        self._understood = understood
        self._sent: list[str] = []
        self._under_way = _Writing(places)
        self._held = False

    def opening(self) -> str:
        """What comes before anything is known of the answer."""
        return self._more(self._under_way.opening(self._understood))

    def sentence(self, sentence: Sentence) -> str:
        """A sentence as it comes; nothing for those shown at the end only."""
        self._held = self._held or sentence.role == "near"
        return "" if self._held else self._more(self._under_way.sentence(sentence))

    def rest(self, answer: Answer) -> str:
        """What remains to be sent of the whole answer."""
        pieces, count = self._pieces(answer), len(self._sent)
        if pieces[:count] == self._sent:
            return "".join(pieces[count:])
        # What was sent cannot be taken back.
        return f"\n\n---\n\n{typeset(_REPLACED)}\n\n{''.join(pieces)}"

    def whole(self, answer: Answer) -> str:
        """The whole text."""
        return "".join(self._pieces(answer))

    def _more(self, piece: str) -> str:
        if piece:
            self._sent.append(piece)
        return piece

    def _pieces(self, answer: Answer) -> list[str]:
        writing = _Writing(self._places)
        pieces = [writing.opening(self._understood)]
        if answer.abstained:
            pieces.append(writing.paragraph(escape(answer.reason or "Non trouvé dans le corpus.")))
        shown = [one for one in answer.sentences if one.role != "near"]
        near = [one for one in answer.sentences if one.role == "near"]
        pieces += [writing.sentence(one) for one in shown]
        if near:
            pieces.append(writing.paragraph(typeset(_NEAR[answer.abstained])))
            pieces += [writing.sentence(one) for one in near]
        pieces += [writing.differing(one) for one in answer.differing]
        pieces.append(writing.sources(answer))
        pieces += [writing.paragraph(line_safe(escape(note))) for note in answer.notes]
        return [piece for piece in pieces if piece]


class _Writing:
    """Pieces of one text, in order: each begins with what parts it from the one before."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._numbers = _Numbers()
        self._begun = False
        self._in_list = False

    def opening(self, understood: str | None) -> str:
        if not understood:
            return ""
        return self.paragraph(f"_{typeset(f'Question comprise : « {escape(understood)} »')}_")

    def paragraph(self, text: str, *, item: bool = False) -> str:
        parting = "" if not self._begun else "\n" if item and self._in_list else "\n\n"
        self._begun, self._in_list = True, item
        return f"{parting}{'- ' if item else ''}{text}"

    def sentence(self, sentence: Sentence) -> str:
        marks = "".join(dict.fromkeys(f"[{self._numbers.of(c)}]" for c in sentence.citations))
        text = line_safe(escape(sentence.text))
        item = sentence.role in {"list_item", "near"}
        return self.paragraph(f"{text} {marks}" if marks else text, item=item)

    def differing(self, differing: Differing) -> str:
        attribute = escape(differing.attribute.lower())
        said = [self.paragraph(typeset(f"Valeurs différentes selon les sources ({attribute}) :"))]
        for one in differing.values:
            value = f"{one.value} ({one.scope})" if one.scope else one.value
            mark = self._places.mark(one.citation.document_id, one.citation.page_label)
            about = [f"{one.citation.document}, {mark}", *standing(one)]
            said.append(self.paragraph(escape(f"{value} — {' ; '.join(about)}"), item=True))
        if differing.remark:
            said.append(self.paragraph(escape(differing.remark)))
        return "".join(said)

    def sources(self, answer: Answer) -> str:
        said: list[str] = []
        for number, cited in self._numbers.first.items():
            link = self._places.link(
                cited.document, cited.document_id, cited.page, cited.page_label
            )
            title = "" if said else self.paragraph(typeset("**Sources citées :**"))
            said.append(title + self.paragraph(f"[{number}] {link}", item=True))
        if not said:
            for near in answer.sources[:_NEAREST]:
                link = self._places.link(
                    near.document, near.document_id, near.page, near.page_label
                )
                title = "" if said else self.paragraph(typeset("**Pages les plus proches :**"))
                said.append(title + self.paragraph(link, item=True))
        return "".join(said)


class _Numbers:
    """Numbers of the notes: one a page, in the order of the text."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, int], int] = {}
        self.first: dict[int, Citation] = {}

    def of(self, citation: Citation) -> int:
        number = self._numbers.setdefault(
            (citation.document_id, citation.page), len(self._numbers) + 1
        )
        self.first.setdefault(number, citation)
        return number


def citations_of(answer: Answer, places: Places) -> list[ChatCitation]:
    """Every citation of an answer, with the number it has in the text."""
    numbers = _Numbers()
    found = []
    near_last = sorted(answer.sentences, key=lambda one: one.role == "near")
    for cited in (one for sentence in near_last for one in sentence.citations):
        path = places.path(cited.document_id, cited.page)
        found.append(
            ChatCitation(
                number=numbers.of(cited),
                **cited.model_dump(exclude={"addition"}),
                path=path,
                url=f"{places.base}{path}",
            )
        )
    return found
