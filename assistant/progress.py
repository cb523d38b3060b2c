"""Progress of an ingestion in a terminal: what is being done, how fast, how long is left."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
)
from rich.text import Text

from assistant.language.typography import inert
from assistant.model import FileReport

_STATUS_LABELS = {
    "indexed": "lu",
    "unchanged": "inchangé",
    "replaced": "remplacé",
    "refused": "refusé",
    "removed": "retiré",
}


class _TimeLeft(ProgressColumn):
    """« reste 1 min 20 s », in French."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        left = task.time_remaining
        if task.finished or task.total is None:
            return Text("")
        return Text(f"reste {duration(left)}" if left is not None else "durée en calcul…")


class _Amount(ProgressColumn):
    """Done and total, in the unit of the step."""

    def render(self, task: Task) -> Text:
        unit = task.fields["unit"]
        if task.total is None:
            return Text("")
        if unit == "octets":
            return Text(f"{task.completed / 1e6:.1f}/{task.total / 1e6:.1f} Mo".replace(".", ","))
        speed = f", {task.speed:.0f}/s" if task.speed else ""
        return Text(f"{task.completed:.0f}/{task.total:.0f} {unit}{speed}")


class TerminalProgress:
    """Draws bars on a terminal; elsewhere, prints one line a step and one a file."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            _Amount(),
            _TimeLeft(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> TerminalProgress:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def start(self, step: str, total: int, unit: str) -> None:
        """A step begins."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(step, total=total or None, unit=unit)
        if not self._console.is_terminal:
            self._console.print(f"{step}…", highlight=False)

    def advance(self, amount: int = 1) -> None:
        """Some units of the step are done."""
        if self._task is not None:
            self._progress.advance(self._task, amount)

    def report(self, report: FileReport) -> None:
        """One line a file."""
        self._console.print(inert(report_line(report)), highlight=False, markup=False)


def report_line(report: FileReport) -> str:
    """The last word on a file, for people."""
    label = _STATUS_LABELS[report.status]
    if report.status == "refused":
        return f"✗ {report.file} : {label}. {report.reason}"
    if report.status == "removed":
        return f"− {report.file} : {label}. {report.reason}"
    if report.status == "unchanged":
        return f"= {report.file} : {label}"
    parts = [f"{report.pages} page{_s(report.pages)}"]
    if report.pages_ocr:
        parts.append(f"{report.pages_ocr} par OCR")
    if report.pages_empty:
        parts.append(f"{report.pages_empty} vide{_s(report.pages_empty)}")
    if report.pages_unreadable:
        parts.append(f"{report.pages_unreadable} illisible{_s(report.pages_unreadable)}")
    parts.append(f"{report.passages} passage{_s(report.passages)}")
    mark = "!" if report.pages_unreadable else "✓"
    line = f"{mark} {report.file} : {label}, {', '.join(parts)}"
    return "\n".join([line, *(f"    {warning}" for warning in report.warnings[:3])])


def duration(seconds: float) -> str:
    """A duration for people: « 45 s », « 1 min 20 s », « 2 h 05 min »."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _s(count: int) -> str:
    return "s" if count > 1 else ""
