"""How far a field is filled, from what it holds."""

from __future__ import annotations

from assistant.fiches.model import FicheField, Position, Status, is_unverified


def status_of(field: FicheField) -> Status:
    """Status of a field, by the kind of its content.

    - Statements and windows: documented when a cited one speaks of this use case; partial when
      all are general, unverified (`is_unverified`) or typed by somebody, who may then say that
      the field is documented.
    - Choices: documented when a person chose, partial when they are suggested.
    - Notes: documented when every criterion is noted, partial when some are noted or argued.
    - Position: documented when nothing is unknown, partial when some note places it.
    """
    if field.position is not None:
        return _of_position(field.position)
    if field.scores:
        noted = sum(score.level is not None for score in field.scores)
        if noted == len(field.scores):
            return "documente"
        argued = bool(field.statements) or any(score.statements for score in field.scores)
        return "partiel" if noted or argued else "a_completer"
    chosen = [choice for choice in field.choices if choice.chosen]
    if any(choice.origin == "saisie" for choice in chosen):
        return "documente"
    scopes = [one.scope for one in field.statements if one.citations and not is_unverified(one)]
    scopes += [window.scope for window in field.windows if not is_unverified(window)]
    if "sujet" in scopes:
        return "documente"
    return "partiel" if chosen or field.statements or field.windows else "a_completer"


def _of_position(place: Position) -> Status:
    if place.impact is None and place.effort is None:
        return "a_completer"
    whole = place.impact_low == place.impact_high and place.effort_low == place.effort_high
    return "documente" if whole else "partiel"
