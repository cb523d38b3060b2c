"""The name, logo and colour of the organisation that runs the assistant; neutral without them.

One colour is asked for: white is written on it (banner, buttons) and it writes links on the
light background, so its contrast with both must reach 4.5:1 (WCAG 2.1, 1.4.3). For the dark
scheme it is mixed with white until it reaches the same contrast with the dark background.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from assistant.errors import AssistantError

if TYPE_CHECKING:
    from assistant.settings import Settings

NAME = "Assistant stratégie santé"
"""What it is called where the organisation has no name to add."""

MINIMUM = 4.5
LIGHT_BACKGROUND = "#f7f8fa"
DARK_BACKGROUND = "#222a34"
"""The least contrasted background that text stands on, in each scheme."""

MAX_LOGO_BYTES = 512 * 1024
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG_ROOT = "{http://www.w3.org/2000/svg}svg"


class IdentityError(AssistantError):
    """The logo cannot be shown."""

    code = "identite"


@dataclass(frozen=True, slots=True)
class Identity:
    """What the screens show of the organisation.

    Attributes:
        organisation: its name, or nothing.
        logo: content of its logo, or nothing.
        logo_type: media type of the logo.
        accent: its colour, `#rrggbb`, or nothing.
        contact: to whom a problem is told, or nothing.
    """

    organisation: str = ""
    logo: bytes = b""
    logo_type: str = ""
    accent: str = ""
    contact: str = ""

    @property
    def title(self) -> str:
        """Title of the pages."""
        return f"{NAME} – {self.organisation}" if self.organisation else NAME


def read_identity(settings: Settings) -> Identity:
    """What the options say of the organisation.

    Raises:
        IdentityError: the logo is no readable PNG or SVG file of reasonable size.
    """
    logo, logo_type = _logo(settings.logo) if settings.logo else (b"", "")
    return Identity(settings.organisation, logo, logo_type, settings.accent, settings.contact)


def _logo(path: Path) -> tuple[bytes, str]:
    remedy = "Donnez dans « logo » le chemin d'un fichier PNG ou SVG de 512 Ko au plus."
    try:
        with path.open("rb") as file:
            content = file.read(MAX_LOGO_BYTES + 1)
    except OSError as error:
        raise IdentityError(f"Le logo « {path} » ne peut pas être lu.", remedy) from error
    if len(content) > MAX_LOGO_BYTES:
        raise IdentityError(f"Le logo « {path} » dépasse 512 Ko.", remedy)
    if content.startswith(_PNG):
        return content, "image/png"
    # Entities are what makes XML dangerous to parse, and no logo needs one.
    if b"<!ENTITY" not in content:
        try:
            if ElementTree.fromstring(content).tag == _SVG_ROOT:  # noqa: S314
                return content, "image/svg+xml"
        except ElementTree.ParseError:
            pass
    raise IdentityError(f"Le logo « {path} » n'est ni un PNG ni un SVG lisible.", remedy)


def checked_accent(value: str) -> str:
    """A colour that text can be written with and on, `#rrggbb` in lower case.

    Raises:
        ValueError: it is no colour, or its contrast is too low; the message says its ratio.
    """
    if not value:
        return ""
    if not _COLOUR.fullmatch(value):
        raise ValueError(f"« {value} » n'est pas une couleur : écrivez-la « #1c4b78 »")
    value = value.lower()
    ratio = contrast(value, LIGHT_BACKGROUND)
    if ratio < MINIMUM:
        said = f"{int(ratio * 10) / 10:.1f}".replace(".", ",")
        raise ValueError(
            f"la couleur {value} n'a qu'un contraste de {said} pour 1 avec le fond clair, alors "
            "qu'il en faut 4,5 : choisissez-la plus foncée"
        )
    return value


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.1, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in _rgb(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def mixed(colour: str, other: str, share: float) -> str:
    """A colour with a share, 0 to 1, of another one."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def readable_on_dark(colour: str) -> str:
    """The colour, lightened as little as it takes to be read on the dark background."""
    return next(
        tint
        for tint in (mixed(colour, "#ffffff", step / 20) for step in range(21))
        if contrast(tint, DARK_BACKGROUND) >= MINIMUM
    )


def style_sheet(accent: str) -> str:
    """What gives the screens this colour; nothing without one.

    The names are those of Gradio's theme (`--primary-…`) and of `ui/static/assistant.css`.
    """
    if not accent:
        return ""
    dark = readable_on_dark(accent)
    deep = mixed(accent, "#000000", 0.2)
    tints = {"50": 0.95, "100": 0.87, "200": 0.75}
    shades = {name: mixed(accent, "#ffffff", share) for name, share in tints.items()}
    shades |= {"300": dark, "400": dark, "500": accent, "600": accent, "700": accent, "800": deep}
    shades |= {
        name: mixed(accent, "#000000", share) for name, share in (("900", 0.4), ("950", 0.6))
    }
    # On dark buttons the letters are the tint « 200 »: lighter than what is read on the page.
    palette = "".join(
        f"--{family}-{name}:{value};"
        for family in ("primary", "secondary")
        for name, value in shades.items()
    )
    light = (
        f"--a-lien:{accent};--a-bandeau:{accent};"
        f"--a-renvoi:{mixed(accent, '#ffffff', 0.87)};--a-renvoi-encre:{deep};"
    )
    night = f"--a-lien:{dark};--a-bandeau:{accent};--a-renvoi:{accent};--a-renvoi-encre:#ffffff;"
    return (
        f":root:root{{{palette}{light}--lien:{accent}}}\n"
        f":root .dark.dark{{{palette}{night}}}\n"
        f"@media (prefers-color-scheme: dark){{:root:root:not(.dark){{--lien:{dark}}}}}\n"
    )
