"""The work on the index as it is followed: step, time left, last word on each file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from assistant.language.typography import NBSP, typeset
from assistant.library.model import Job, JobKind
from assistant.model import FileReport
from assistant.progress import duration
from ui.rendering import Fragment, fragment, number, plural, text

KINDS: Final[dict[JobKind, str]] = {
    "chargement": "Indexation des documents",
    "retrait": "Retrait du document",
    "reindexation": "Mise à jour de l’index",
}
LISTED: Final = 100
"""Files whose last word is shown."""
RECENT_S: Final = 12 * 3600
"""Seconds during which a finished work is still worth telling."""
_MARKS: Final = {"indexed": "✓", "replaced": "✓", "refused": "✕", "removed": "−", "unchanged": "="}


def job_html(job: Job | None, now: datetime | None = None) -> Fragment | str:
    """Where the work stands; empty when there is none, or none of late.

    Args:
        job: the work under way, or the last one.
        now: this moment.
    """
    if job is None:
        return ""
    if job.running:
        return fragment(
            f"<h2 class='titre-panneau'>{KINDS[job.kind]}</h2>",
            f"<p class='etape'><label>{_step(job)} {_bar(job)}</label></p>",
            _reports(job.reports),
            "<p class='discret'>Vous pouvez continuer à poser des questions, ou fermer cette page"
            f"{NBSP}: le travail se poursuit.</p>",
        )
    finished = job.finished or job.started
    if ((now or datetime.now(UTC)) - finished).total_seconds() > RECENT_S:
        return ""
    at = finished.astimezone()
    head = f"{KINDS[job.kind]}, {at:%H}{NBSP}h{NBSP}{at:%M}"
    if job.failure:
        return fragment(
            f"<h2 class='titre-panneau'>{head}</h2>",
            f"<div class='erreur'><p class='fini'>{text(typeset(job.failure))}</p></div>",
            _reports(job.reports),
        )
    return fragment(
        f"<h2 class='titre-panneau'>{head}</h2>",
        f"<p class='fini'><b>Terminé.</b> {outcome(job.reports)}</p>",
        _reports(job.reports),
    )


def _step(job: Job) -> str:
    """« Lecture des documents : 3,2 Mo sur 12,0 Mo, reste 1 min 20 s », as HTML."""
    parts = []
    if job.total:
        parts.append(_amount(job))
    if job.left_s is not None and job.total:
        parts.append(f"reste {duration(job.left_s)}")
    amount = f"{NBSP}: {text(', '.join(parts))}" if parts else "…"
    return f"<span><b>{text(typeset(job.step or 'Préparation'))}</b>{amount}</span>"


def _amount(job: Job) -> str:
    done = min(job.done, job.total)
    if job.unit == "octets":
        return f"{done / 1e6:.1f} sur {job.total / 1e6:.1f}{NBSP}Mo".replace(".", ",")
    return f"{number(done)} sur {number(job.total)}{NBSP}{job.unit}".strip()


def _bar(job: Job) -> str:
    if not job.total:
        return "<progress></progress>"
    return f"<progress max='{job.total}' value='{min(job.done, job.total)}'></progress>"


def outcome(reports: Sequence[FileReport]) -> str:
    """What became of the files, counted, as HTML."""
    read = sum(one.status in {"indexed", "replaced"} for one in reports)
    removed = sum(one.status == "removed" for one in reports)
    refused = sum(one.status == "refused" for one in reports)
    said = [
        plural(read, "document lu", "documents lus") if read else "",
        plural(removed, "document retiré", "documents retirés") if removed else "",
        f"<span class='alerte'>{plural(refused, 'fichier refusé', 'fichiers refusés')}</span>"
        if refused
        else "",
    ]
    told = ", ".join(part for part in said if part)
    return f"{told}." if told else "L’index est à jour, aucun fichier n’avait changé."


def _reports(reports: Sequence[FileReport]) -> str:
    """The last word on each file that was not left as it was, the latest first."""
    told = [one for one in reports if one.status != "unchanged"][::-1]
    items = "".join(_report(one) for one in told[:LISTED])
    rest = len(told) - LISTED
    more = f"<p class='discret'>Et {plural(rest, 'autre fichier', 'autres fichiers')}.</p>"
    return f"<ul class='rapports'>{items}</ul>{more if rest > 0 else ''}" if told else ""


def _report(report: FileReport) -> str:
    mark = f"<span aria-hidden='true'>{_MARKS[report.status]}</span> "
    name = f"<b>{text(report.file)}</b>{NBSP}: "
    if report.status in {"refused", "removed"}:
        word = "refusé" if report.status == "refused" else "retiré"
        bad = report.status == "refused"
        style, item = (" class='alerte'", " class='refuse'") if bad else ("", "")
        why = f". {text(typeset(report.reason))}" if report.reason else ""
        return f"<li{item}>{mark}{name}<span{style}>{word}</span>{why}</li>"
    parts = [plural(report.pages, "page")]
    if report.pages_ocr:
        parts.append(f"{number(report.pages_ocr)} par OCR")
    if report.pages_empty:
        parts.append(plural(report.pages_empty, "vide"))
    if report.pages_unreadable:
        unread = plural(report.pages_unreadable, "illisible")
        parts.append(f"<span class='alerte'>{unread}</span>")
    word = "remplacé" if report.status == "replaced" else "lu"
    remarks = "".join(f"<li>{text(typeset(one))}</li>" for one in report.warnings[:3])
    return (
        f"<li>{mark}{name}{word}, {', '.join(parts)}{f'<ul>{remarks}</ul>' if remarks else ''}</li>"
    )
