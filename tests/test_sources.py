"""The list of public sources, and the one command that fetches them, against a local server."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from assistant.cli import app
from assistant.egress import install
from assistant.sources.addresses import AddressPolicy, ForbiddenAddressError, is_public
from assistant.sources.download import MAX_REDIRECTS, Downloader
from assistant.sources.listing import Source, SourceListError, known_source, load_sources
from assistant.sources.lockfile import Lock, LockFileError
from assistant.sources.robots import parse

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 800 + b"\n%%EOF\n"
PAGE = b"<!DOCTYPE html><html><body>Page introuvable</body></html>"


@dataclass
class Site:
    """A small site: what each path answers, and what was asked."""

    address: str = ""
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked if path != "/robots.txt"]


def send(status=200, body=PDF, kind="application/pdf", cut=None, **headers):
    """An answer with a status, a body (cut short if asked) and headers."""

    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body if cut is None else body[:cut])

    return answer


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            found.asked.append((self.path, dict(self.headers)))
            found.answers.get(self.path, send(404, b"", "text/plain"))(self)
            self.close_connection = True

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_):
            """A client that leaves early is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    found.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def fetch(site, tmp_path):
    """Fetch the document of a path of the site, without waiting."""

    def run(path="/guide-pratique.pdf", *, form="pdf", max_bytes=1 << 20, local=True, **options):
        source = Source("src001", "Guide pratique", "HAS", "guide", site.address + path, form)
        policy = AddressPolicy(frozenset([source.host]), local=local)
        return Downloader(
            tmp_path, policy, max_bytes, sleep=lambda _: None, pause_s=0, **options
        ).fetch(source)

    return run


def test_a_document_arrives_with_its_record(site, fetch, tmp_path):
    site.answers["/guide-pratique.pdf"] = send(ETag='"v1"')
    outcome = fetch()
    assert (outcome.status, outcome.file) == ("telecharge", "guide-pratique.pdf")
    assert (tmp_path / "guide-pratique.pdf").read_bytes() == PDF
    record = Lock.load(tmp_path).documents["guide-pratique.pdf"]
    assert record.sha256 == outcome.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (record.id, record.octets, record.etag) == ("src001", len(PDF), '"v1"')
    assert sorted(item.name for item in tmp_path.iterdir()) == [
        "guide-pratique.pdf",
        "telechargements.json",
    ]


def test_it_says_who_it_is(site, fetch):
    site.answers["/guide-pratique.pdf"] = send()
    fetch()
    assert [path for path, _ in site.asked] == ["/robots.txt", "/guide-pratique.pdf"]
    for _, headers in site.asked:
        assert headers["User-Agent"].startswith("assistant-strategie-sante/")
        assert "Mozilla" not in headers["User-Agent"]


def test_a_document_already_here_is_checked_and_asks_nothing(site, fetch):
    site.answers["/guide-pratique.pdf"] = send()
    fetch()
    site.asked.clear()
    again = fetch()
    assert (again.status, again.message) == ("deja_la", "Déjà là, empreinte vérifiée.")
    assert site.asked == []


def test_a_file_changed_on_the_disk_is_kept_unless_told_otherwise(site, fetch, tmp_path):
    site.answers["/guide-pratique.pdf"] = send()
    fetch()
    (tmp_path / "guide-pratique.pdf").write_bytes(b"annotations")
    refused = fetch()
    assert refused.status == "echec"
    assert "a changé depuis" in refused.message
    assert (tmp_path / "guide-pratique.pdf").read_bytes() == b"annotations"
    assert fetch(overwrite=True).status == "telecharge"
    assert (tmp_path / "guide-pratique.pdf").read_bytes() == PDF


def test_somebody_elses_file_is_never_overwritten(site, fetch, tmp_path):
    (tmp_path / "guide-pratique.pdf").write_bytes(b"mon fichier")
    site.answers["/guide-pratique.pdf"] = send()
    assert fetch().file == "guide-pratique-src001.pdf"
    assert (tmp_path / "guide-pratique.pdf").read_bytes() == b"mon fichier"


def resuming(etag='"v1"', served=PDF):
    """A server that cuts the first answer, then honours `Range` and `If-Range`."""
    calls = []

    def answer(handler):
        calls.append(dict(handler.headers))
        wanted = handler.headers.get("Range")
        if wanted and handler.headers.get("If-Range") == etag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            send(
                206,
                served[start:],
                ETag=etag,
                Content_Range=f"bytes {start}-{len(served) - 1}/{len(served)}",
            )(handler)
        else:
            send(cut=90_000 if len(calls) == 1 else None, body=served, ETag=etag)(handler)

    return answer, calls


def test_an_interrupted_download_resumes_where_it_stopped(site, fetch, tmp_path):
    site.answers["/guide-pratique.pdf"], calls = resuming()
    assert fetch().status == "telecharge"
    assert (tmp_path / "guide-pratique.pdf").read_bytes() == PDF
    assert len(calls) == 2
    assert calls[1]["If-Range"] == '"v1"'
    # A block not yet written when the line is cut is asked for again, never assumed.
    assert 0 < int(calls[1]["Range"].removeprefix("bytes=").rstrip("-")) <= 90_000


def test_it_resumes_in_a_later_run_too(site, fetch, tmp_path):
    site.answers["/guide-pratique.pdf"] = send(cut=90_000, ETag='"v1"')
    failed = fetch()
    assert failed.status == "echec"
    assert "reprendra où elle s’est arrêtée" in failed.message
    assert [item.suffix for item in tmp_path.iterdir() if item.suffix != ".json"] == [".part"]
    site.answers["/guide-pratique.pdf"], calls = resuming()
    assert fetch().status == "telecharge"
    assert "Range" in calls[0]
    assert (tmp_path / "guide-pratique.pdf").read_bytes() == PDF


def test_a_document_that_changed_meanwhile_is_taken_whole(site, fetch, tmp_path):
    site.answers["/guide-pratique.pdf"] = send(cut=90_000, ETag='"v1"')
    fetch()
    newer = PDF.replace(b"%PDF-1.7", b"%PDF-2.0")
    site.answers["/guide-pratique.pdf"] = send(body=newer, ETag='"v2"')
    assert fetch().status == "telecharge"
    assert (tmp_path / "guide-pratique.pdf").read_bytes() == newer


def test_a_resumption_at_the_wrong_place_starts_again(site, fetch, tmp_path):
    site.answers["/guide-pratique.pdf"] = send(cut=90_000, ETag='"v1"')
    fetch()

    def wrong(handler):
        if "Range" in handler.headers:
            send(206, PDF[10:], Content_Range=f"bytes 10-{len(PDF) - 1}/{len(PDF)}")(handler)
        else:
            send()(handler)

    site.answers["/guide-pratique.pdf"] = wrong
    assert fetch().status == "telecharge"
    assert (tmp_path / "guide-pratique.pdf").read_bytes() == PDF


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (send(404, b"absent", "text/plain"), "n’est plus à cette adresse (réponse 404)"),
        (send(403, b"non", "text/plain"), "refuse de donner ce document"),
        (send(body=PAGE, kind="text/html"), "une page web au lieu du document PDF"),
        (send(body=PAGE, kind="application/pdf"), "une page web au lieu du document PDF"),
        (send(kind="text/html; charset=utf-8"), "annonce « text/html » et envoie un PDF"),
        (send(body=b"PK\x03\x04 archive", kind="application/zip"), "n’est pas un PDF"),
        (send(body=b""), "un document vide"),
        (send(body=PDF * 6), "dépasse la limite de 1 Mo"),
        (send(503, b"", "text/plain"), "le serveur répond 503"),
        (send(cut=50_000), "Téléchargement interrompu"),
        (send(302, b"", Location="ftp://127.0.0.1/x.pdf"), "n’est pas une adresse http"),
        (send(302, b"", Location="http://autre.example/x.pdf"), "un autre site"),
        (send(302, b"", Location="file:///etc/passwd"), "n’est pas une adresse http"),
    ],
)
def test_what_is_not_the_document_is_refused_with_its_reason(site, fetch, tmp_path, answer, said):
    site.answers["/guide-pratique.pdf"] = answer
    outcome = fetch()
    assert outcome.status == "echec"
    assert said in outcome.message.replace("\u00a0", " ")
    assert not list(tmp_path.glob("*.pdf"))


def test_an_endless_answer_stops_at_the_limit(site, fetch, tmp_path):
    def endless(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/pdf")
        handler.end_headers()
        for _ in range(40):
            handler.wfile.write(PDF)

    site.answers["/guide-pratique.pdf"] = endless
    assert "dépasse la limite" in fetch().message
    assert [item.name for item in tmp_path.iterdir()] == ["telechargements.json"]


def test_redirections_are_followed_but_not_for_ever(site, fetch, tmp_path):
    site.answers["/guide-pratique.pdf"] = send(301, b"", Location="/ailleurs.pdf")
    site.answers["/ailleurs.pdf"] = send()
    assert fetch().status == "telecharge"
    site.answers["/boucle.pdf"] = send(302, b"", Location="/boucle.pdf")
    site.asked.clear()
    source = Source("src002", "Boucle", "HAS", "guide", site.address + "/boucle.pdf", "pdf")
    policy = AddressPolicy(frozenset([source.host]), local=True)
    downloader = Downloader(tmp_path, policy, 1 << 20, pause_s=0)
    assert "redirections" in downloader.fetch(source).message
    assert len(site.paths()) == MAX_REDIRECTS + 1


def test_a_passing_failure_is_tried_again(site, fetch):
    answers = iter([send(503, b"", "text/plain", Retry_After="1"), send()])

    def answer(handler):
        next(answers)(handler)

    site.answers["/guide-pratique.pdf"] = answer
    assert fetch().status == "telecharge"
    assert len(site.paths()) == 2


def test_robots_txt_is_obeyed(site, fetch):
    site.answers["/robots.txt"] = send(body=b"User-agent: *\nDisallow: /guide\n", kind="text/plain")
    site.answers["/guide-pratique.pdf"] = send()
    assert "robots.txt" in fetch().message
    assert site.paths() == []


def test_a_site_that_cannot_say_what_it_allows_is_left_alone(site, fetch):
    site.answers["/robots.txt"] = send(500, b"", "text/plain")
    site.answers["/guide-pratique.pdf"] = send()
    assert "robots.txt" in fetch().message


def test_it_waits_between_two_requests_to_a_host(site, tmp_path):
    site.answers["/robots.txt"] = send(body=b"User-agent: *\nCrawl-delay: 4\n", kind="text/plain")
    site.answers["/guide-pratique.pdf"] = send()
    source = Source("s", "Guide", "HAS", "guide", site.address + "/guide-pratique.pdf", "pdf")
    policy = AddressPolicy(frozenset([source.host]), local=True)
    waits: list[float] = []
    now = iter(range(1, 10_000))
    Downloader(tmp_path, policy, 1 << 20, sleep=waits.append, clock=lambda: next(now) / 1000).fetch(
        source
    )
    assert waits == [pytest.approx(4.0, abs=0.1)]


def test_a_page_meant_as_a_page_is_kept_as_one(site, fetch):
    site.answers["/actualite"] = send(body=PAGE, kind="text/html; charset=utf-8")
    outcome = fetch("/actualite", form="html")
    assert (outcome.status, outcome.file) == ("telecharge", "src001-guide-pratique.html")


def test_local_addresses_are_refused_unless_asked_for(site, fetch):
    site.answers["/guide-pratique.pdf"] = send()
    outcome = fetch(local=False)
    assert outcome.status == "echec"
    assert site.asked == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1"),
        *("64:ff9b::a00:1", "2002:a00:1::", "255.255.255.255", "198.18.0.1"),
    ],
)
def test_no_address_of_an_internal_network_is_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "64:ff9b::909:909"])
def test_ordinary_addresses_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "after"),
    [
        ("http://www.has-sante.fr/x.pdf", "https://www.has-sante.fr/y.pdf"),
        ("https://has-sante.fr.example.org/x.pdf", None),
        ("https://www.has-sante.fr@example.org/x.pdf", None),
        ("https://moi:secret@www.has-sante.fr/x.pdf", None),
        ("https://www.has-sante.fr:8443/x.pdf", None),
        ("gopher://www.has-sante.fr/x", None),
        ("https:///x.pdf", None),
        ("https://[::1/x.pdf", None),
    ],
)
def test_addresses_that_may_not_be_fetched(url, after):
    with pytest.raises(ForbiddenAddressError):
        AddressPolicy(frozenset(["www.has-sante.fr"])).check(url, after=after)


def test_a_site_may_drop_or_add_its_www():
    policy = AddressPolicy(frozenset(["www.has-sante.fr"]))
    assert policy.check("https://has-sante.fr/x.pdf") == "has-sante.fr"


def test_a_public_name_that_points_inside_is_refused(monkeypatch):
    import socket

    answer = [(2, 1, 6, "", ("10.0.0.7", 0)), (2, 1, 6, "", ("9.9.9.9", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: answer)
    with pytest.raises(ForbiddenAddressError, match=r"10\.0\.0\.7"):
        AddressPolicy(frozenset(["www.exemple.fr"])).resolve("www.exemple.fr")


def test_the_guard_is_open_for_the_chosen_host_only_and_not_for_long():
    guard = install()
    with guard.allowing(["www.has-sante.fr", "9.9.9.9"]):
        assert guard.is_allowed("www.has-sante.fr")
        assert guard.is_allowed("9.9.9.9")
        assert not guard.is_allowed("www.cnil.fr")
    assert not guard.is_allowed("www.has-sante.fr")
    assert not guard.is_allowed("9.9.9.9")


# --- robots.txt --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("User-agent: *\nDisallow:", "/x.pdf", True),
        ("User-agent: *\nDisallow: /", "/x.pdf", False),
        ("User-agent: *\nDisallow: /\nAllow: /upload/", "/upload/x.pdf", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/x.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/x.pdf?v=2", True),
        ("User-agent: autre\nDisallow: /", "/x.pdf", True),
        ("User-agent: Assistant-Sante\nDisallow: /\n\nUser-agent: *\nAllow: /", "/x", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: assistant-sante\nDisallow:", "/x", True),
        ("User-agent: a\nUser-agent: *\nDisallow: /p # commentaire", "/prive", False),
        ("User-agent: *\nDisallow: /dossier%20a/", "/dossier a/x", False),
        ("Disallow: /", "/x", True),
    ],
)
def test_the_longest_rule_that_concerns_us_wins(rules, path, allowed):
    assert parse(rules, "assistant-sante").allows(path) is allowed


@given(st.text(max_size=200), st.text(max_size=40))
def test_any_robots_txt_can_be_read(text, path):
    parse(text, "a").allows(f"/{path}")


# --- The list ----------------------------------------------------------------------------------

LISTING = """
[[source]]
id = "src001"
title = "Guide pratique"
publisher = "HAS"
kind = "guide"
year = 2025
region = "PACA"
url = "{address}/guide-pratique.pdf"
format = "pdf"

[[source]]
id = "src002"
title = "Page absente"
publisher = "CNIL"
kind = "autre"
url = "{address}/absente.pdf"
format = "pdf"
note = "Titre déduit du contexte : à vérifier."
"""


@pytest.fixture
def listing(site, tmp_path):
    path = tmp_path / "catalogue.toml"
    path.write_text(LISTING.format(address=site.address), encoding="utf-8")
    return path


def test_the_list_of_the_project_can_be_read_and_names_no_two_files_alike():
    sources = load_sources(Path(__file__).resolve().parents[1] / "corpus" / "catalogue.toml")
    stems = [source.stem for source in sources]
    assert len(sources) > 50
    assert len(set(stems)) == len(stems)


@pytest.mark.parametrize(
    "content",
    [
        "[[source]\n",
        '[[source]]\nid = "a"\n',
        LISTING.replace('kind = "guide"', 'kind = "roman"'),
        LISTING.replace("src002", "src001"),
        LISTING.replace("src002", "../x"),
    ],
)
def test_a_wrong_list_is_refused(tmp_path, content):
    path = tmp_path / "liste.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SourceListError):
        load_sources(path)


@given(st.text(max_size=60))
def test_no_address_leads_out_of_the_folder(path):
    source = Source(
        "src001", path, "HAS", "autre", f"https://a.fr/{path}/abcdefgh.pdf{path}", "pdf"
    )
    assert source.stem
    assert Path(source.stem).name == source.stem
    assert source.stem not in {".", ".."}


def test_a_file_is_recognised_by_its_name_or_by_its_content(listing, tmp_path, site, fetch):
    find = known_source(load_sources(listing))
    said = {
        "title": "Guide pratique",
        "publisher": "HAS",
        "kind": "guide",
        "region": "Provence-Alpes-Côte d’Azur",
        "date": "2025",
    }
    assert find(tmp_path / "Guide-Pratique.pdf", "0" * 64) == said
    assert find(tmp_path / "guide.pdf", "0" * 64) == {}
    # A title deduced by somebody is left to the reader, like the kind « autre ».
    assert find(tmp_path / "absente.pdf", "") == {}, "a name this short may be anybody's"
    site.answers["/guide-pratique.pdf"] = send()
    sha256 = fetch().sha256
    find = known_source(load_sources(listing))
    assert find(tmp_path / "renomme.pdf", sha256) == said


def test_a_damaged_record_is_told(tmp_path):
    (tmp_path / "telechargements.json").write_text("{", encoding="utf-8")
    with pytest.raises(LockFileError, match="illisible"):
        Lock.load(tmp_path)


# --- The commands ------------------------------------------------------------------------------


def command(*arguments):
    return CliRunner().invoke(app, ["corpus", *map(str, arguments)])


def test_one_line_a_source_and_a_failure_is_an_exit_code(site, listing, tmp_path):
    site.answers["/guide-pratique.pdf"] = send()
    options = ("--catalogue", listing, "--vers", tmp_path / "docs", "--adresses-locales")
    done = command("telecharger", "src001", *options)
    assert done.exit_code == 0, done.output
    assert "src001  téléchargé\u00a0: guide-pratique.pdf" in done.stdout
    assert "n’ont pas été vérifiées" in done.stderr
    assert "1 téléchargé(s), 0 déjà là, 0 échec(s)" in done.stderr

    both = command("telecharger", "--tous", "--json", *options)
    assert both.exit_code == 1
    lines = {line["id"]: line for line in map(json.loads, both.stdout.splitlines())}
    assert lines["src001"]["statut"] == "deja_la"
    assert lines["src002"]["statut"] == "echec"
    assert "404" in lines["src002"]["message"]

    shown = command("sources", *options[:4], "--json")
    here = {line["id"]: line["file"] for line in map(json.loads, shown.stdout.splitlines())}
    assert here == {"src001": "guide-pratique.pdf", "src002": None}
    assert "oui" in command("sources", *options[:4]).stdout


@pytest.mark.parametrize("arguments", [[], ["src999"]])
def test_nothing_or_nobody_to_fetch_is_told(listing, tmp_path, arguments):
    result = command("telecharger", *arguments, "--catalogue", listing, "--vers", tmp_path / "d")
    assert result.exit_code == 1
    assert "assistant corpus sources" in result.stderr


def test_without_the_option_a_local_address_is_refused(site, listing, tmp_path):
    result = command("telecharger", "src001", "--catalogue", listing, "--vers", tmp_path / "d")
    assert result.exit_code == 1
    assert site.asked == []
