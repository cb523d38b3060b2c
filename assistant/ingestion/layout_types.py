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
        mode: text rendering mode of the PDF; 3 and 7 draw nothing.
        opacity: of its fill, from 0 to 255.
        drawn: address of the text object it belongs to, while its page is open; 0 otherwise.
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
    mode: int = 0
    opacity: int = 255
    drawn: int = 0


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
    first = words[0]
    x0, y0, x1, y1 = first.x0, first.y0, first.x1, first.y1
    low = high = first.order
    for word in words:
        x0 = word.x0 if word.x0 < x0 else x0
        y0 = word.y0 if word.y0 < y0 else y0
        x1 = word.x1 if word.x1 > x1 else x1
        y1 = word.y1 if word.y1 > y1 else y1
        low = word.order if word.order < low else low
        high = word.order if word.order > high else high
    main = next((word for word in words if word.size == size), first)
    return Segment(words, x0, y0, x1, y1, main.base, size, low, high)


def dominant_size(words: list[LayoutWord]) -> float:
    """Font size that carries the most characters."""
    first = words[0].size
    for word in words:
        if word.size != first:
            break
    else:
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
    first = words[0]
    # One loop rather than a dozen: a long document has hundreds of thousands of lines.
    x0, y0, x1, y1 = first.x0, first.y0, first.x1, first.y1
    letters = bold = italic = 0
    colours: dict[int, int] = {}
    for word in words:
        weight = len(word.text)
        letters += weight
        bold += weight if word.bold else 0
        italic += weight if word.italic else 0
        colours[word.colour] = colours.get(word.colour, 0) + weight
        x0 = word.x0 if word.x0 < x0 else x0
        y0 = word.y0 if word.y0 < y0 else y0
        x1 = word.x1 if word.x1 > x1 else x1
        y1 = word.y1 if word.y1 > y1 else y1
    main = first if first.size == size else next(word for word in words if word.size == size)
    return Line(
        words,
        x0,
        y0,
        x1,
        y1,
        main.base,
        size,
        bold > 0.6 * letters,
        italic > 0.6 * letters,
        first.colour if len(colours) == 1 else max(colours, key=colours.__getitem__),
        " ".join([word.text for word in words]),
        leaf,
    )


@dataclass(frozen=True, slots=True)
class Ruling:
    """A straight stroke or the edge of a filled rectangle, horizontal or vertical.

    A horizontal ruling stands at ordinate `at` between the abscissas `low` and `high`; a
    vertical one the other way round.

    Attributes:
        shade: whether it is the edge of a fill rather than a stroke.
    """

    horizontal: bool
    at: float
    low: float
    high: float
    shade: bool = False


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
        shades: filled rectangles that are not white, with their colour.
    """

    image_area: float = 0.0
    images: int = 0
    curves: int = 0
    objects: int = 0
    rulings: list[Ruling] = field(default_factory=list)
    frames: list[Box] = field(default_factory=list)
    shades: list[tuple[Box, int]] = field(default_factory=list)
