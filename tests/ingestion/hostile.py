"""PDFs built to harm: small files that ask for gigabytes, loops, lies and scripts.

Each builder returns the bytes of a file. Objects are written by hand, because no library
agrees to write what these files say.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
LINES = (
    "Le service d'acces aux soins oriente les patients vers une consultation rapide.",
    "Les etablissements de la region partagent leurs donnees dans un espace commun.",
    "Une aide de vingt mille euros accompagne chaque projet pendant deux ans.",
)


def pdf(objects: Sequence[bytes], root: int = 1, trailer: bytes = b"") -> bytes:
    """A file whose object `n` is `objects[n - 1]`, with a correct cross-reference table."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places: list[int] = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<< /Size %d /Root %d 0 R %s >>\n" % (len(objects) + 1, root, trailer)
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object."""
    return b"<< /Length %d %s >>\nstream\n" % (len(data), entries) + data + b"\nendstream"


def text_content(lines: Sequence[str] = LINES) -> bytes:
    """Content stream that writes lines in Helvetica 11."""
    shown = b"".join(
        b"(%s) Tj 0 -16 Td " % line.encode("latin-1").replace(b"(", b"\\(").replace(b")", b"\\)")
        for line in lines
    )
    return b"BT /F1 11 Tf 72 720 Td %s ET" % shown


def zeros(size: int) -> bytes:
    """zlib stream of that many null bytes, made without holding them."""
    block = 1 << 20
    packer = zlib.compressobj(9)
    head = packer.compress(bytes(block)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(block)) + packer.flush(zlib.Z_FULL_FLUSH)
    count = max(1, size // block)
    last = zlib.compressobj(9, wbits=-15).flush()
    checksum = struct.pack(">I", (count * block % 65521) << 16 | 1)
    return head + again * (count - 1) + last + checksum


def pages(contents: Sequence[bytes], *, extra: bytes = b"", catalog: bytes = b"") -> list[bytes]:
    """Objects of a plain document: catalogue 1, page tree 2, font 3, then pages and contents.

    Args:
        contents: one stream object a page.
        extra: entries added to each page.
        catalog: entries added to the catalogue.
    """
    kids = b" ".join(b"%d 0 R" % (4 + 2 * rank) for rank in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(contents)),
        FONT,
    ]
    for rank, content in enumerate(contents):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> %s >>" % (5 + 2 * rank, extra)
        )
        objects.append(content)
    return objects


GOOD = stream(text_content())


def content_bomb(gigabytes: int = 2) -> bytes:
    """Second page of three: a content stream that inflates to gigabytes."""
    bomb = stream(zlib.compress(zeros(gigabytes << 30), 9), b"/Filter [/FlateDecode /FlateDecode]")
    return pdf(pages([GOOD, bomb, GOOD]))


def giant_image() -> bytes:
    """Second page of three: an image of 60,000 by 60,000 pixels."""
    objects = pages([GOOD, stream(b"q 500 0 0 700 40 40 cm /Im Do Q"), GOOD])
    objects[5] = objects[5].replace(
        b"/Font <<", b"/XObject << /Im %d 0 R >> /Font <<" % (len(objects) + 1)
    )
    image = stream(
        zlib.compress(zeros(1 << 30), 9),
        b"/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceRGB "
        b"/BitsPerComponent 8 /Filter [/FlateDecode /FlateDecode]",
    )
    return pdf([*objects, image])


def object_stream_bomb() -> bytes:
    """An object stream that claims a million objects and inflates to gigabytes."""
    objects = pages([GOOD])
    objects.append(
        stream(
            zlib.compress(zeros(2 << 30), 9),
            b"/Type /ObjStm /N 1000000 /First 8000000 /Filter [/FlateDecode /FlateDecode]",
        )
    )
    return pdf(objects, trailer=b"/Info %d 0 R" % len(objects))


def cyclic_tree() -> bytes:
    """A page tree whose second node is its own ancestor."""
    objects = pages([GOOD])
    objects[1] = b"<< /Type /Pages /Kids [4 0 R 6 0 R] /Count 3 >>"
    objects.append(b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R 6 0 R] /Count 2 >>")
    return pdf(objects)


def cyclic_outline() -> bytes:
    """Bookmarks that follow each other in a circle."""
    objects = pages([GOOD], catalog=b"/Outlines 6 0 R")
    objects += [
        b"<< /Type /Outlines /First 7 0 R /Last 8 0 R /Count 2 >>",
        b"<< /Title (Un) /Parent 6 0 R /Next 8 0 R /Dest [4 0 R /Fit] /First 6 0 R >>",
        b"<< /Title (Deux) /Parent 6 0 R /Next 7 0 R /Prev 7 0 R /Dest [4 0 R /Fit] >>",
    ]
    return pdf(objects)


def many_pages(count: int = 10_000) -> bytes:
    """A document of that many pages."""
    kids = b" ".join(b"%d 0 R" % (5 + rank) for rank in range(count))
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 3 0 R >> >> >>"
    )
    head = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
        FONT,
        GOOD,
    ]
    return pdf([*head, *([page] * count)])


def deep_arrays(depth: int = 200_000) -> bytes:
    """An array nested very deep where the page keeps its annotations."""
    return pdf(pages([GOOD], extra=b"/Annots " + b"[" * depth + b"]" * depth))


def deep_forms(depth: int = 5_000) -> bytes:
    """Forms that draw each other, very deep, the last one drawing the first."""
    objects = pages([stream(text_content() + b" /X Do")])
    first = len(objects) + 1
    objects[3] = objects[3].replace(b"/Font <<", b"/XObject << /X %d 0 R >> /Font <<" % first)
    for rank in range(depth):
        after = first + (rank + 1) % depth
        objects.append(
            stream(
                b"/X Do /X Do",
                b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] "
                b"/Resources << /XObject << /X %d 0 R >> >>" % after,
            )
        )
    return pdf(objects)


def script() -> bytes:
    """A script run when the file is opened."""
    action = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
    return pdf(pages([GOOD], catalog=b"/OpenAction " + action))


def attachment() -> bytes:
    """A file embedded in the document."""
    objects = pages([GOOD], catalog=b"/Names << /EmbeddedFiles << /Names [(a.exe) 6 0 R] >> >>")
    objects.append(b"<< /Type /Filespec /F (a.exe) /EF << /F 7 0 R >> >>")
    objects.append(stream(b"MZ", b"/Type /EmbeddedFile"))
    return pdf(objects)


def huge_box() -> bytes:
    """A page of a million kilometres with a full-page image and no text."""
    objects = pages([stream(b"q 1e9 0 0 1e9 0 0 cm /Im Do Q 0 0 1e9 1e9 re f")])
    objects[3] = objects[3].replace(b"[0 0 595 842]", b"[0 0 1000000000 1000000000]")
    return pdf(objects)


def empty_box() -> bytes:
    """A page without a surface."""
    objects = pages([GOOD])
    objects[3] = objects[3].replace(b"[0 0 595 842]", b"[0 0 0 0]")
    return pdf(objects)


def wild_numbers() -> bytes:
    """Coordinates, sizes and colours that are not finite numbers."""
    content = (
        b"1e38 0 0 1e38 1e38 -1e38 cm BT /F1 1e30 Tf 9e37 9e37 Td (Bonjour a tous) Tj ET "
        b"0 0 -1e38 1e38 re f 99999999999999999999 w 0 0 m 1e38 1e38 l S"
    )
    return pdf(pages([stream(content), GOOD]))


def no_unicode() -> bytes:
    """A font of glyph numbers, as word processors number them, that nothing says letters of."""
    shown = b"".join(
        b"<%s> Tj 0 -16 Td " % b"".join(b"%04x" % max(1, ord(char) - 29) for char in line)
        for line in LINES * 4
    )
    objects = pages([stream(b"BT /F1 11 Tf 72 720 Td %s ET" % shown)])
    objects[2] = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /AAAAAA+Inconnue /Encoding /Identity-H "
        b"/DescendantFonts [6 0 R] >>"
    )
    objects.append(
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /AAAAAA+Inconnue "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 600 >>"
    )
    return pdf(objects)


def endless_strokes(count: int = 3_000_000) -> bytes:
    """Second page of three: millions of strokes."""
    drawn = stream(zlib.compress(b"1 1 m 2 2 l S " * count, 6), b"/Filter /FlateDecode")
    return pdf(pages([GOOD, drawn, GOOD]))


def endless_words(count: int = 45_000) -> bytes:
    """Second page of three: tens of thousands of words on one point of another."""
    shown = b"".join(
        b"1 0 0 1 %d %d Tm (mot%d) Tj " % (20 + rank % 550, 20 + rank * 7 % 800, rank)
        for rank in range(count)
    )
    packed = stream(zlib.compress(b"BT /F1 4 Tf %s ET" % shown), b"/Filter /FlateDecode")
    return pdf(pages([GOOD, packed, GOOD]))


READ_ALL_THE_SAME: dict[str, Callable[[], bytes]] = {
    "arbre-cyclique": cyclic_tree,
    "sommaire-cyclique": cyclic_outline,
    "tableaux-profonds": deep_arrays,
    "formulaires-profonds": deep_forms,
    "script": script,
    "piece-jointe": attachment,
    "page-immense": huge_box,
    "page-sans-surface": empty_box,
    "nombres-fous": wild_numbers,
    "police-muette": no_unicode,
    "flux-d-objets": object_stream_bomb,
}
"""Files that must be read, or refused, within the limits; none may harm the others."""

ONE_BAD_PAGE: dict[str, Callable[[], bytes]] = {
    "bombe": content_bomb,
    "image-geante": giant_image,
    "traits-sans-fin": endless_strokes,
    "mots-sans-fin": endless_words,
}
"""Files of three pages whose second one is hostile: the two others must be read."""
