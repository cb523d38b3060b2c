"""What the tools of the MCP server give back, in French as their readers are."""

from __future__ import annotations

from pydantic import BaseModel, Field


class PageCitee(BaseModel):
    """Des mots d’un document et la page où les lire."""

    document: str = Field(description="Titre du document.")
    fichier: str = Field(description="Nom du fichier.")
    document_id: str = Field(description="Identifiant du document, pour lire_page.")
    page: int = Field(description="Numéro physique de la page, à partir de 1.")
    page_imprimee: str = Field(description="Numéro imprimé sur la page.")
    extrait: str = Field(description="Le texte, mot pour mot.")
    adresse: str = Field(description="Adresse de la page sur le serveur de l’assistant.")


class Passage(PageCitee):
    """Un passage trouvé."""

    rang: int = Field(description="Rang, à partir de 1.")
    section: list[str] = Field(description="Titres des sections où il se trouve.")


class Passages(BaseModel):
    """Les passages trouvés, du meilleur au moins bon."""

    passages: list[Passage] = Field(description="Vide quand rien n’est trouvé.")


class Note(PageCitee):
    """Une note de la réponse."""

    numero: int = Field(description="Numéro de la note dans le texte : [1].")


class Reponse(BaseModel):
    """Une réponse et ses preuves."""

    texte: str = Field(description="La réponse en Markdown, ses notes et ses sources.")
    sans_reponse: bool = Field(description="Vrai quand rien dans le corpus ne répond.")
    raison: str | None = Field(description="Pourquoi rien ne répond.")
    citations: list[Note] = Field(description="Les citations, note par note.")
    remarques: list[str] = Field(description="Remarques sur la réponse.")


class PageLue(BaseModel):
    """Une page telle qu’elle a été lue."""

    document: str = Field(description="Titre du document.")
    fichier: str = Field(description="Nom du fichier.")
    page: int = Field(description="Numéro physique de la page.")
    page_imprimee: str = Field(description="Numéro imprimé sur la page.")
    pages: int = Field(description="Nombre de pages du document.")
    etat: str = Field(description="text (lue), ocr (reconnue), empty (vide) ou unreadable.")
    texte: str = Field(description="Texte brut de la page.")
    remarques: list[str] = Field(description="Remarques de lecture.")
    adresse: str = Field(description="Adresse de la page sur le serveur de l’assistant.")


class Affirmation(BaseModel):
    """Une affirmation d’une fiche et ses preuves."""

    texte: str = Field(description="L’affirmation.")
    origine: str = Field(description="Qui l’affirme : le corpus, une personne, un calcul.")
    citations: list[PageCitee] = Field(description="Ses preuves ; vide pour ce qui est saisi.")


class Champ(BaseModel):
    """Un champ d’une fiche."""

    cle: str = Field(description="Nom du champ.")
    intitule: str = Field(description="Son intitulé.")
    etat: str = Field(description="Ce que l’on en sait.")
    affirmations: list[Affirmation] = Field(description="Ce qui le remplit.")
    choix: list[str] = Field(description="Valeurs proposées ou retenues.")
    question: str | None = Field(description="La question à poser quand il reste à compléter.")


class FicheRedigee(BaseModel):
    """Une fiche « cas d’usage IA » rédigée à partir des documents."""

    identifiant: str = Field(description="Vide quand la fiche n’est pas gardée.")
    gardee: bool = Field(description="Vrai quand elle est gardée comme brouillon.")
    titre: str = Field(description="Le cas d’usage.")
    champs: list[Champ] = Field(description="Ses champs, dans l’ordre de la grille.")
    remarques: list[str] = Field(description="Remarques sur la fiche.")
