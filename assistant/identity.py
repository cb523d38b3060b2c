"""The name, logo and colour of the organisation that runs the assistant; neutral without them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from assistant.colours import mixed, readable_on_dark
from assistant.errors import AssistantError
from assistant.settings import Settings

NAME = "Assistant stratégie santé"
"""What it is called where the organisation has no name to add."""

MAX_LOGO_BYTES = 512 * 1024
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
