"""Geometry shared by the layout steps: words, lines and rulings of one page.

Everything here is in *display* coordinates: points, origin at the top left of the page as a
viewer shows it (after `/Rotate`), y growing downwards. Boxes kept in the model are brought
back to the unrotated page by `PageGeometry.to_unrotated`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from assistant.model import Box


@dataclass(slots=True)
class LayoutWord:
    """A word with what layout needs to know of it.

    Attributes:
        x0, y0, x1, y1: box, from the font's size around the baseline.
        base: ordinate of the baseline.
        size: font size in points, as displayed.
        angle: direction of writing in degrees, 0 for ordinary text.
        order: rank in the content stream.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    size: float
    bold: bool
    italic: bool
    colour: int
    angle: int
    order: int


@dataclass(slots=True)
class Segment:
    """Consecutive words on one baseline with no wide gap between them."""

    words: list[LayoutWord]
    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    size: float
    first_order: int
    last_order: int
    row: int = -1
    table: int = -1

    @property
    def text(self) -> str:
        """Its words separated by one space."""
        return " ".join(word.text for word in self.words)


def make_segment(words: list[LayoutWord]) -> Segment:
    """Build a segment from its words, in reading order."""
    size = dominant_size(words)
    main = [word for word in words if word.size == size] or words
    orders = [word.order for word in words]
    return Segment(
        words,
        min(word.x0 for word in words),
        min(word.y0 for word in words),
        max(word.x1 for word in words),
        max(word.y1 for word in words),
        main[0].base,
        size,
        min(orders),
        max(orders),
    )


def dominant_size(words: list[LayoutWord]) -> float:
    """Font size that carries the most characters."""
    first = words[0].size
    if all(word.size == first for word in words):
        return first
    weight: Counter[float] = Counter()
    for word in words:
        weight[word.size] += len(word.text)
    return weight.most_common(1)[0][0]


@dataclass(slots=True)
class Line:
    """A line of text of one column.

    Attributes:
        leaf: identifier of the region it was read in; lines of one region share a column.
        bold: whether most of its characters are bold.
    """

    words: list[LayoutWord]
    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    size: float
    bold: bool
    italic: bool
    colour: int
    text: str
    leaf: int = 0


def make_line(words: list[LayoutWord], leaf: int = 0) -> Line:
    """Build a line from its words, in reading order."""
    size = dominant_size(words)
    main = next(word for word in words if word.size == size)
    letters = sum(len(word.text) for word in words)
    colours: Counter[int] = Counter()
    for word in words:
        colours[word.colour] += len(word.text)
    return Line(
        words,
        min(word.x0 for word in words),
        min(word.y0 for word in words),
        max(word.x1 for word in words),
        max(word.y1 for word in words),
        main.base,
        size,
        sum(len(word.text) for word in words if word.bold) > 0.6 * letters,
        sum(len(word.text) for word in words if word.italic) > 0.6 * letters,
        colours.most_common(1)[0][0],
        " ".join(word.text for word in words),
        leaf,
    )


@dataclass(frozen=True, slots=True)
class Ruling:
    """A straight stroke or the edge of a filled rectangle, horizontal or vertical.

    A horizontal ruling stands at ordinate `at` between the abscissas `low` and `high`; a
    vertical one the other way round.
    """

    horizontal: bool
    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PageGeometry:
    """Size and rotation of a page.

    Attributes:
        left, bottom, width, height: visible box in the PDF's own coordinates, in points.
        rotation: clockwise rotation applied by viewers, in degrees.
    """

    left: float
    bottom: float
    width: float
    height: float
    rotation: int = 0

    @property
    def display_width(self) -> float:
        """Width as shown, in points."""
        return self.height if self.rotation in (90, 270) else self.width

    @property
    def display_height(self) -> float:
        """Height as shown, in points."""
        return self.width if self.rotation in (90, 270) else self.height

    def to_display(self, x: float, y: float) -> tuple[float, float]:
        """Convert a point of PDF space (y upwards) to the page as shown (y downwards)."""
        across, down = x - self.left, self.bottom + self.height - y
        if self.rotation == 90:
            return self.height - down, across
        if self.rotation == 180:
            return self.width - across, self.height - down
        if self.rotation == 270:
            return down, self.width - across
        return across, down

    def to_unrotated(self, box: Box) -> Box:
        """Convert a box of the page as shown to the unrotated page, both from the top left."""
        x0, y0, x1, y1 = box
        if self.rotation == 90:
            return (y0, self.height - x1, y1, self.height - x0)
        if self.rotation == 180:
            return (self.width - x1, self.height - y1, self.width - x0, self.height - y0)
        if self.rotation == 270:
            return (self.width - y1, x0, self.width - y0, x1)
        return box

    def from_unrotated(self, box: Box) -> Box:
        """Convert a box of the unrotated page to the page as shown."""
        x0, y0, x1, y1 = box
        if self.rotation == 90:
            return (self.height - y1, x0, self.height - y0, x1)
        if self.rotation == 180:
            return (self.width - x1, self.height - y1, self.width - x0, self.height - y0)
        if self.rotation == 270:
            return (y0, self.width - x1, y1, self.width - x0)
        return box


@dataclass(slots=True)
class Drawing:
    """What a page draws besides text.

    Attributes:
        image_area: share of the page covered by images, at most 1 (overlaps counted once
            per image).
        images: number of images.
        curves: number of paths that are neither lines nor rectangles (outlined letters).
        objects: number of objects of any kind.
        rulings: straight strokes and edges, candidates for tables.
        frames: painted rectangles, which often group what they hold.
    """

    image_area: float = 0.0
    images: int = 0
    curves: int = 0
    objects: int = 0
    rulings: list[Ruling] = field(default_factory=list)
    frames: list[Box] = field(default_factory=list)
