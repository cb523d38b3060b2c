"""The charts of the portfolio as HTML that is pointed at, focused and followed.

A chart is made of ordinary links placed by their style: the keyboard goes through them, a screen
reader reads them, and no script is needed. Each has its values as a table beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assistant.fiches.matrix import number
from assistant.fiches.method import Method
from assistant.fiches.model import Fiche, Position
from assistant.fiches.places import Point, spread
from assistant.fiches.shown import (
    choices_of,
    coded,
    position_of,
    retained,
    title_of,
)
from assistant.language.typography import NBSP
from ui.rendering import fragment, plural, text

_WIDTH, _HEIGHT = 300.0, 250.0
"""Size of the plan on the narrowest screen, in pixels, on which discs must not overlap."""
_RADIUS = 13.0
_CROWD = 14
"""From so many discs the plan is drawn wider, and scrolled on a narrow screen."""
_PAD = 7.0
"""Percent of the plan between its frame and the lowest and highest values."""


def charts_html(
    fiches: Sequence[Fiche], method: Method, *, among: Sequence[Fiche] = (), axis: str | None = None
) -> str:
    """The matrix and the distribution by axis, each with the same values as a table.

    Args:
        fiches: those listed, numbered in their order.
        method: the grid.
        among: those that the distribution counts; `fiches` when empty.
        axis: code of the axis that the list is narrowed to.
    """
    if not (fiches or among):
        return ""
    return fragment(_matrix(fiches) if fiches else "", _axes(among or fiches, method, axis))


# --- Matrix ----------------------------------------------------------------------------------


def _matrix(fiches: Sequence[Fiche]) -> str:
    known: list[tuple[int, Fiche, Position]] = []
    without: list[tuple[int, Fiche]] = []
    for rank, fiche in enumerate(fiches, start=1):
        position = position_of(fiche)
        if position is None or (position.impact is None and position.effort is None):
            without.append((rank, fiche))
        else:
            known.append((rank, fiche, position))
    rows = "".join(_row(rank, one) for rank, one in enumerate(fiches, start=1))
    return (
        "<div class='graphique'><h2 class='titre-panneau'>Matrice impact / effort</h2>"
        f"<div>{_plan(known)}{_without(without)}</div>"
        "<div class='defilable' tabindex='0' role='group'>"
        "<table class='valeurs'><caption>Les mêmes valeurs, de 0 (faible) à 1 (fort)</caption>"
        "<thead><tr><th scope='col'>Fiche</th><th scope='col'>Impact</th>"
        f"<th scope='col'>Effort</th></tr></thead><tbody>{rows}</tbody></table></div></div>"
    )


def _plan(known: Sequence[tuple[int, Fiche, Position]]) -> str:
    """The frame and, in it, a link a fiche; what it says shows when it is pointed at or focused."""
    if not known:
        return (
            "<p class='discret'>Aucune fiche de la liste n’a encore de note. Ouvrez une fiche et "
            "notez ses critères d’impact et d’effort\u00a0: elle prend sa place ici.</p>"
        )
    scale = 1.0 if len(known) < _CROWD else 2.0
    width, height = _WIDTH * scale, _HEIGHT * scale
    anchors = [_anchor(position, width, height) for _, _, position in known]
    spots = spread(anchors, radius=_RADIUS, area=(0.0, 0.0, width, height))
    items = "".join(
        _point(rank, fiche, position, (100 * spot[0] / width, 100 * spot[1] / height))
        for (rank, fiche, position), spot in zip(known, spots, strict=True)
    )
    wide = " dense" if scale > 1 else ""
    return (
        "<p class='discret'>Chaque numéro est une fiche\u00a0: survolez-le pour la lire, "
        "cliquez pour l’ouvrir. Le cadre pointillé est toute la place que les notes manquantes "
        "laissent possible\u00a0; un numéro carré n’a de note que d’un côté.</p>"
        f"<div class='defilable' tabindex='0' role='group'><div class='matrice{wide}'>"
        "<p class='ordonnee'>Impact attendu\u00a0→</p>"
        "<ul class='plan'>"
        f"{_corner('haut gauche', 'impact fort', 'effort faible')}"
        f"{_corner('haut droite', 'impact fort', 'effort fort')}"
        f"{_corner('bas gauche', 'impact faible', 'effort faible')}"
        f"{_corner('bas droite', 'impact faible', 'effort fort')}"
        f"{items}</ul><p class='abscisse'>Effort requis\u00a0→</p></div></div>"
    )


def _corner(where: str, impact: str, effort: str) -> str:
    """What a corner means; on a phone it breaks after the comma, never inside « effort faible »."""
    return f"<li class='coin {where}'><span>{impact},</span> <span>{effort}</span></li>"


def _x(value: float) -> float:
    """Percent from the left of the plan."""
    return _PAD + value * (100 - 2 * _PAD)


def _y(value: float) -> float:
    """Percent from the top of the plan."""
    return 100 - _x(value)


def _anchor(position: Position, width: float, height: float) -> Point:
    """Where the disc would be alone; on the middle of its box on a side without a note."""
    effort = (position.effort_low + position.effort_high) / 2
    impact = (position.impact_low + position.impact_high) / 2
    x = _x(effort if position.effort is None else position.effort)
    y = _y(impact if position.impact is None else position.impact)
    return x * width / 100, y * height / 100


def _point(rank: int, fiche: Fiche, position: Position, spot: Point) -> str:
    left, top = _x(position.effort_low), _y(position.impact_high)
    width = _x(position.effort_high) - left
    height = _y(position.impact_low) - top
    flat = " debout" if not width else " couchee" if not height else ""
    box = (
        f"<span class='boite{flat}' style='left:{left:.1f}%;top:{top:.1f}%;width:{width:.1f}%;"
        f"height:{height:.1f}%'></span>"
        if width or height
        else ""
    )
    sure = position.impact is not None and position.effort is not None
    side = "a-gauche" if spot[0] > 50 else "a-droite"
    level = "au-dessus" if spot[1] > 50 else "au-dessous"
    said = (
        f"<b>{text(title_of(fiche))}</b><br>Impact{NBSP}: "
        f"{_interval(position.impact, position.impact_low, position.impact_high)}<br>Effort{NBSP}: "
        f"{_interval(position.effort, position.effort_low, position.effort_high)}"
        f"{_notes(fiche)}"
    )
    return (
        f"<li class='fiche'><a class='{'sur' if sure else 'incertain'} {side} {level}' "
        f"href='#fiche:ouvrir:{text(fiche.id)}' style='left:{spot[0]:.1f}%;top:{spot[1]:.1f}%'>"
        f"<span class='rang'>{rank}</span><span class='bulle'> {said}</span></a>{box}</li>"
    )


def _notes(fiche: Fiche) -> str:
    """How many criteria are noted, which is what widens the box."""
    scores = [score for one in fiche.fields for score in one.scores]
    noted = sum(score.level is not None for score in scores)
    if not scores:
        return ""
    return f"<br>{plural(noted, 'critère noté', 'critères notés')} sur {len(scores)}"


def _without(fiches: Sequence[tuple[int, Fiche]]) -> str:
    if not fiches:
        return ""
    items = "".join(f"<li>{rank}. {_link(one)}</li>" for rank, one in fiches)
    return (
        f"<p class='sans-position'><b>Sans position</b>, faute de notes{NBSP}:</p>"
        f"<ul class='sans-position'>{items}</ul>"
    )


def _link(fiche: Fiche) -> str:
    return f"<a href='#fiche:ouvrir:{text(fiche.id)}'>{text(title_of(fiche))}</a>"


def _row(rank: int, fiche: Fiche) -> str:
    position = position_of(fiche)
    if position is None:
        cells = ["sans position", "sans position"]
    else:
        cells = [
            _interval(position.impact, position.impact_low, position.impact_high),
            _interval(position.effort, position.effort_low, position.effort_high),
        ]
    return (
        f"<tr><th scope='row'>{rank}. {_link(fiche)}</th>"
        + "".join(f"<td>{one}</td>" for one in cells)
        + "</tr>"
    )


def _interval(point: float | None, low: float, high: float) -> str:
    if point is None:
        return "non noté"
    return number(point) + (f" (de{NBSP}{number(low)} à{NBSP}{number(high)})" if low < high else "")


# --- Axes ------------------------------------------------------------------------------------


def _axes(fiches: Sequence[Fiche], method: Method, axis: str | None) -> str:
    """A table whose bars say how many fiches each axis has; a bar narrows the list to its axis."""
    chosen = (retained(choices_of(one, "axe", method)) for one in fiches)
    counts = Counter(codes[0].code if codes else "" for codes in chosen)
    top = max(counts.values(), default=1)
    rows = "".join(
        _bar(one.code, coded(one.code, one.label), counts[one.code], top, current=one.code == axis)
        for one in method.axes
    )
    known = {one.code for one in method.axes}
    other = sum(count for code, count in counts.items() if code not in known)
    if other:
        rows += _bar("", "Non rattachable", other, top, current=False)
    back = "<p><a class='commande' href='#fiche:axe:'>Montrer tous les axes</a></p>" if axis else ""
    return (
        "<div class='graphique seul'><h2 class='titre-panneau'>Répartition par axe</h2><div>"
        "<p class='discret'>Cliquez sur un axe pour n’afficher que ses fiches.</p>"
        f"{back}<table class='valeurs barres'><caption class='hors-ecran'>Nombre de fiches par "
        "axe</caption><thead class='hors-ecran'><tr><th scope='col'>Axe</th>"
        f"<th scope='col'>Fiches</th></tr></thead><tbody>{rows}</tbody></table></div></div>"
    )


def _bar(code: str, name: str, count: int, top: int, *, current: bool) -> str:
    """A line of the table; an axis without a fiche leads nowhere."""
    label = text(name)
    if code and count and not current:
        label = f"<a class='axe-lien' href='#fiche:axe:{text(code)}'>{label}</a>"
    elif current:
        label = f"<b>{label} (affiché)</b>"
    style = " class='choisi'" if current else ""
    bar = f"<span class='barre-axe' style='width:{100 * count / top:.0f}%'></span>" if count else ""
    return (
        f"<tr{style}><th scope='row'>{label}</th>"
        f"<td class='trait'>{bar}<span class='compte'>{count}</span></td></tr>"
    )
