"""Add documents, follow their indexing, bring the index up to date."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import gradio as gr

from assistant.errors import AssistantError
from assistant.ingestion.reader import READ_FORMATS
from assistant.language.typography import NBSP, typeset
from assistant.library.model import Job
from ui.asking import UNEXPECTED
from ui.conversations import told
from ui.corpus.desk import CorpusDesk
from ui.corpus.progress import job_html
from ui.panel import html_panel
from ui.rendering import Fragment, fragment, plural, text

logger = logging.getLogger("assistant.ui")

EVERY_S: Final = 1.5
"""Seconds between two looks at the work under way."""
QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True, slots=True)
class Loading:
    """The components of the part.

    Attributes:
        whole: what holds them, for whoever manages the corpus.
        deposited: `corpus.js` writes in it once files have been received.
        following: identifier of the work that this page follows; empty when there is none.
    """

    whole: gr.Column
    deposited: gr.Textbox
    progress: gr.Markdown
    stop: gr.Button
    waiting: gr.Markdown
    index: gr.Button
    timer: gr.Timer
    following: gr.State
    told: gr.Markdown
    update: gr.Button
    rebuild: gr.Button
    confirm_row: gr.Column
    confirm: gr.Button
    cancel: gr.Button

    @property
    def followed(self) -> list[Any]:
        """In the order of `follow`, before what tells that the corpus changed."""
        return [
            *(self.progress, self.stop, self.waiting, self.index),
            *(self.timer, self.following),
        ]


def help_html(max_file_mb: int) -> Fragment:
    """What can be added; `corpus.js` puts the place where files are dropped after it."""
    return fragment(
        "<h2 class='titre-panneau' id='depot-titre'>Ajouter des documents</h2>",
        f"<p class='discret' id='depot-aide'>{READ_FORMATS}. <span id='depot-limite'>"
        f"{max_file_mb}</span>{NBSP}Mo au plus par fichier. Vos fichiers restent sur ce "
        "serveur.</p>",
        "<div id='depot'></div>",
    )


def build_loading(desk: CorpusDesk) -> Loading:
    """Lay the part out."""
    # Shown when the page opens, to whoever manages the corpus: nobody else has a glimpse of it.
    with gr.Column(elem_id="corpus-charger", visible=False) as whole:
        html_panel(help_html(desk.settings.max_file_mb), elem_id="corpus-depot")
        # Hidden by the style sheet: `corpus.js` speaks through it.
        deposited = gr.Textbox(
            "", label="Dépôt", elem_id="corpus-depose", container=False, show_label=False
        )
        progress = html_panel("", elem_id="corpus-progres")
        stop = gr.Button("Arrêter", visible=False, elem_id="corpus-arreter")
        waiting = html_panel("", elem_id="corpus-attente")
        index = gr.Button(
            "Indexer maintenant", variant="primary", visible=False, elem_id="corpus-indexer"
        )
        answer = html_panel("", elem_id="corpus-travail-retour")
        with gr.Accordion("Mettre à jour l’index", open=False, elem_id="corpus-index"):
            html_panel(
                fragment(
                    "<p class='discret'>Un fichier ajouté ici est indexé de lui-même. Ces deux "
                    "actions servent quand des fichiers ont changé dans leur dossier, ou quand "
                    "l’index doit être refait.</p>"
                )
            )
            with gr.Row(elem_classes="boutons"):
                update = gr.Button("Relire les fichiers modifiés", elem_id="corpus-relire")
                rebuild = gr.Button("Refaire tout l’index…", elem_id="corpus-refaire")
            with gr.Column(visible=False, elem_classes="a-confirmer") as confirm_row:
                html_panel(
                    fragment(
                        "<p role='alert'><b>Refaire tout l’index"
                        f"{typeset(' ?')}</b> Selon le nombre de documents, cela peut durer "
                        "plusieurs minutes. D’ici là, l’assistant répond avec l’index actuel.</p>"
                    )
                )
                with gr.Row(elem_classes="boutons"):
                    confirm = gr.Button(
                        "Refaire l’index", variant="stop", elem_id="corpus-refaire-oui"
                    )
                    cancel = gr.Button("Annuler", elem_id="corpus-refaire-non")
    return Loading(
        *(
            whole,
            deposited,
            progress,
            stop,
            waiting,
            index,
            gr.Timer(EVERY_S, active=False),
            gr.State(""),
        ),
        *(answer, update, rebuild, confirm_row, confirm, cancel),
    )


def follow(desk: CorpusDesk, following: str, *, changed: bool = False) -> list[Any]:
    """New state of `Loading.followed`, then a new value if the corpus changed, or nothing.

    Args:
        desk: what stands behind the tab.
        following: identifier of the work that this page followed.
        changed: whether the corpus changed by something else than a work.
    """
    job = desk.job()
    running = job is not None and job.running
    # Works follow each other: what one of them did is worth showing before the next one ends.
    over = bool(following) and (job is None or not running or job.id != following)
    left = [] if running else desk.waiting()
    return [
        job_html(job),
        gr.Button(visible=running),
        waiting_html(left),
        gr.Button(visible=bool(left)),
        gr.Timer(active=running),
        job.id if job is not None and running else "",
        time.time_ns() if over or changed else gr.skip(),
    ]


def waiting_html(names: Sequence[str]) -> Fragment | str:
    """Files that were received and that nothing indexes: a work was stopped, or failed."""
    if not names:
        return ""
    count = plural(len(names), "fichier reçu attend", "fichiers reçus attendent")
    listed = ", ".join(names[:5]) + ("…" if len(names) > 5 else "")
    return fragment(
        f"<p class='attention'>{count} d’être indexé{'s' if len(names) > 1 else ''}"
        f"{NBSP}: {text(listed)}</p>"
    )


def wire_loading(desk: CorpusDesk, part: Loading, changed: gr.State, tabs: list[gr.Tab]) -> None:
    """Give the part its actions; `tabs` find again what is under way when they are opened."""
    followed = [*part.followed, changed]

    def look(following: str) -> list[Any]:
        return follow(desk, following)

    for tab in tabs:
        tab.select(look, part.following, followed, **QUIET)
    part.timer.tick(look, part.following, followed, **QUIET)

    def doing(work: Callable[[], Job | None]) -> Callable[..., list[Any]]:
        def done(following: str) -> list[Any]:
            try:
                job = work()
                said: Fragment | str = ""
            except AssistantError as error:
                job, said = None, told(error)
            except Exception:
                logger.exception("Erreur inattendue au lancement d’un travail sur le corpus")
                job, said = None, told(UNEXPECTED)
            return [said, gr.Column(visible=False), *follow(desk, job.id if job else following)]

        return done

    def stop() -> Job | None:
        library = desk.managed()
        job = library.job()
        return library.stop(job.id) if job is not None and job.running else job

    outputs = [part.told, part.confirm_row, *followed]
    begun = doing(lambda: desk.managed().start())
    part.index.click(begun, part.following, outputs, **QUIET)
    # Once for all the files of a choice: one work then has the last word on each of them.
    part.deposited.change(begun, part.following, outputs, **QUIET)
    part.update.click(doing(lambda: desk.managed().reindex()), part.following, outputs, **QUIET)
    part.confirm.click(
        doing(lambda: desk.managed().reindex(rebuild=True)), part.following, outputs, **QUIET
    )
    part.stop.click(doing(stop), part.following, outputs, **QUIET)
    part.rebuild.click(lambda: gr.Column(visible=True), None, part.confirm_row, **QUIET)
    part.cancel.click(lambda: gr.Column(visible=False), None, part.confirm_row, **QUIET)
