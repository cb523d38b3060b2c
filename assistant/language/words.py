"""Closed lists of French words."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """Give the set of the words of `text`: keeps long word lists readable."""
    return frozenset(text.split())


STOP_WORDS = words(
    """
    a afin ai aie aient ainsi ait alors as au aucun aucune aujourd auquel aura aurait auraient
    auront aussi autre autres aux auxquelles auxquels avaient avait avec avez avoir avons ayant
    bien c ca car ce ceci cela celle celles celui ces cet cette ceux chacun chacune chez ci comme
    comment combien d dans de des dont donc du elle elles en encore entre es est et etaient etait
    etant ete etes etre eu eux fait faire faut font fut hui il ils j je jusqu l la laquelle le
    lequel les lesquelles lesquels leur leurs lors lorsqu lorsque lui m ma mais me meme memes mes
    moi mon n ne ni nos notre nous on ont or ou par parce pas peut peuvent plus pour pourquoi
    puis puisqu puisque qu quand que quel quelle quelles quels quelqu qui quoi quoique s sa
    sans se sera serait seraient seront ses si soient soit sommes son sont sous suis sur t ta
    te tel telle telles tels tes toi ton tous tout toute toutes tres tu un une va vers vos votre
    vous vont y etc via
    """
)
"""Folded words that carry no subject of their own, question words included."""

ELISIONS = words("c d j l m n s t qu jusqu lorsqu puisqu quoiqu quelqu presqu entr")
"""What an apostrophe cuts off, folded."""

MONTH_NAMES = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
"""Month names as they are written, from January."""

MONTH_PATTERN = "|".join(MONTH_NAMES).translate({ord("é"): "[ée]", ord("û"): "[ûu]"})
"""Regular expression of the month names, with or without their accents."""

MONTHS: dict[str, int] = {
    "janvier": 1,
    "fevrier": 2,
    "mars": 3,
    "avril": 4,
    "mai": 5,
    "juin": 6,
    "juillet": 7,
    "aout": 8,
    "septembre": 9,
    "octobre": 10,
    "novembre": 11,
    "decembre": 12,
    "janv": 1,
    "fevr": 2,
    "fev": 2,
    "avr": 4,
    "juil": 7,
    "sept": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}
"""Folded month names and abbreviations."""

COMPOUND_PREFIXES = words(
    """
    e m non sous sur semi demi mi quasi vice ex inter intra extra pluri multi infra supra trans
    pre post co anti auto bio cyber medico socio psycho neuro cardio gyneco chirurgico technico
    politico economico juridico tele micro macro mono poly hyper hypo re radio photo video geo
    """
)
"""Folded first parts of hyphenated words that are also written in one word."""

WHOLE_WORDS = words("departement parlement medicament reglement appartement")
"""Folded words that the stemmer would take for « départ », « parler », « règle »…"""
