"""A whole evaluation on five documents: stages, baselines, TREC runs, command line."""

from __future__ import annotations

import json

import ir_measures
import pytest
from typer.testing import CliRunner

from assistant.errors import StorageError
from assistant.retrieval.search import PassageSearch
from eval.beir import BeirDocument, read_set
from eval.etages import STAGES, page_gains, stage_runs
from eval.montage import build, passage_of
from eval.recherche import Options, evaluate, run_paths, verdict
from eval.sets import Question
from eval.vecteurs import RecalledQueries, VectorCache


@pytest.fixture
def built(beir_folder, tmp_path, embedder):
    with VectorCache(tmp_path / "cache", fingerprint="m", dimension=embedder.dimension) as cache:
        yield build(read_set(beir_folder), embedder, cache, tmp_path), cache


def test_a_document_is_one_passage_with_one_block_a_paragraph():
    text = "Un début\ncoupé ici.\n\n  \n- Une suite.\n"
    passage = passage_of(BeirDocument("d", "Titre", text))
    assert [block.text for block in passage.blocks] == ["Un début coupé ici.", "Une suite."]
    assert passage.pages == (1,)
    for block in passage.blocks:
        (span,) = block.spans
        assert block.text.split()[-1] in text[span.start : span.end]


def test_an_empty_document_is_kept_and_never_found(tmp_path, embedder, beir_folder):
    with (beir_folder / "corpus.jsonl").open("a") as stream:
        stream.write('{"id": "vide", "text": ""}\n')
    with VectorCache(tmp_path / "cache", fingerprint="m", dimension=64) as cache:
        built = build(read_set(beir_folder), embedder, cache, tmp_path)
        assert "vide" in built.generation.passage_ids
        search = PassageSearch(built.generation, built.store, embedder)
        assert "vide" not in {hit.passage.id for hit in search.search("urgences", limit=50)}


def test_a_set_is_indexed_as_production_does(built, embedder):
    made, _ = built
    generation = made.generation
    assert generation.passage_ids == ["d1", "d2", "d3", "d4", "d5"]
    assert made.windows == made.computed == 5
    assert len(generation.vectors) == 5
    assert "bzu" in generation.glossary  # defined by d2 only
    search = PassageSearch(generation, made.store, embedder)
    assert search.search("Qui régule les urgences ?")[0].passage.id == "d2"


def test_a_long_document_counts_once_by_its_best_window(beir_folder, tmp_path, embedder):
    long = " ".join(["remplissage"] * 200) + " la téléradiologie d'urgence la nuit"
    with (beir_folder / "corpus.jsonl").open("a") as stream:
        stream.write(json.dumps({"id": "long", "title": "", "text": long}) + "\n")
    (beir_folder / "queries.jsonl").write_text('{"id": "q", "text": "téléradiologie nuit"}\n')
    (beir_folder / "qrels.tsv").write_text("q\tlong\t1\n")
    run = tmp_path / "run.trec"
    result = evaluate(beir_folder, embedder, tmp_path / "cache", run=run)
    assert result["build"]["windows"] > 10
    ranked = [line.split()[2] for line in run.read_text().splitlines()]
    assert len(ranked) == len(set(ranked))
    assert result["stages"]["reranked"]["MRR@10"]["value"] == 1.0


def test_every_stage_is_measured_in_one_run(beir_folder, tmp_path, embedder):
    run = tmp_path / "runs" / "jeu.trec"
    result = evaluate(
        beir_folder,
        embedder,
        tmp_path / "cache",
        options=Options(references=True, resamples=1000),
        run=run,
    )
    assert list(result["stages"]) == list(STAGES)
    assert list(result["references"]) == ["bm25s", "llama_index", "hybrid"]
    assert result["set"]["queries_measured"] == 4
    assert result["set"]["queries_without_relevant"] == 1
    assert result["build"]["passages"] == 5
    pairs = {(item["stage"], item["against"]) for item in result["comparisons"]}
    assert {("reranked", "fused"), ("reranked", "lexical"), ("reranked", "hybrid")} <= pairs
    assert {"understand", "embed_query", *STAGES} == set(result["latency_ms"])
    for figures in (result["stages"] | result["references"]).values():
        for figure in figures.values():
            assert 0 <= figure["low"] <= figure["value"] <= figure["high"] <= 1
    json.dumps(result)  # it is what is printed

    # Anyone finds the same figures from the run and the judgements.
    for stage, figures in (result["stages"] | result["references"]).items():
        path = run if stage == "reranked" else run.with_name(f"jeu.{stage}.trec")
        again = ir_measures.calc_aggregate(
            [ir_measures.nDCG @ 10, ir_measures.R @ 5],
            {"q1": {"d1": 1}, "q2": {"d2": 2, "d5": 1}, "q3": {"d3": 1}, "q4": {"d4": 1}},
            ir_measures.read_trec_run(str(path)),
        )
        assert again[ir_measures.nDCG @ 10] == pytest.approx(figures["nDCG@10"]["value"], abs=1e-4)
        assert again[ir_measures.R @ 5] == pytest.approx(figures["R@5"]["value"], abs=1e-4)


def test_the_second_evaluation_embeds_nothing(beir_folder, tmp_path, embedder):
    first = evaluate(beir_folder, embedder, tmp_path / "cache")
    assert first["build"]["windows_embedded_now"] == 5
    second = evaluate(beir_folder, embedder, tmp_path / "cache")
    assert second["build"]["windows_embedded_now"] == 0
    assert second["build"]["queries_embedded_now"] == 0
    assert second["stages"] == first["stages"]
    assert second["versions"]["index"] == first["versions"]["index"]


def test_nothing_of_an_index_stays_behind_even_after_a_kill(beir_folder, tmp_path, embedder):
    evaluate(beir_folder, embedder, tmp_path / "cache")
    (folder,) = (tmp_path / "cache").iterdir()
    (folder / "index-tué").mkdir()
    evaluate(beir_folder, embedder, tmp_path / "cache")
    assert {path.name for path in folder.iterdir()} <= {"keys.bin", "vectors.f32", ".lock"}


def test_some_questions_and_some_stages(beir_folder, tmp_path, embedder):
    options = Options(stages=("lexical", "fused"), limit=2, seed=4)
    result = evaluate(beir_folder, embedder, tmp_path / "cache", options=options)
    assert list(result["stages"]) == ["lexical", "fused"]
    assert result["set"]["queries_measured"] == 2
    assert result["set"]["queries_drawn_from"] == 4
    assert [(c["stage"], c["against"]) for c in result["comparisons"]] == [("fused", "lexical")]


def test_a_word_of_no_document_gives_no_lexical_ranking(built, embedder):
    made, cache = built
    questions = [Question(id="x", question="xylophone", kind="k", split="dev", file="d1", page=1)]
    search = PassageSearch(made.generation, made.store, RecalledQueries(cache, embedder))
    files = {name: f"{name}.pdf" for name in made.generation.passage_ids}
    runs = stage_runs(search, made.generation, files, questions, stages=("lexical", "dense"))
    assert runs["lexical"]["x"] == []
    assert len(runs["dense"]["x"]) == 5


def test_pages_of_our_own_questions_are_ranked_at_every_stage(built, embedder):
    made, cache = built
    questions = [
        Question(
            id="r1",
            question="Qui régule les urgences ?",
            kind="lexical",
            split="dev",
            file="d2",
            page=1,
        )
    ]
    search = PassageSearch(made.generation, made.store, RecalledQueries(cache, embedder))
    files = {name: name for name in made.generation.passage_ids}
    runs = stage_runs(search, made.generation, files, questions)
    assert list(runs) == list(STAGES)
    assert runs["reranked"]["r1"][0] == ("d2", 1)
    figures = page_gains(runs, questions)["reranked"]
    assert figures == {"page@1": [1.0], "page@5": [1.0], "MRR@10": [1.0], "nDCG@10": [1.0]}


def test_any_gold_page_answers():
    question = Question(
        id="r1", question="?", kind="k", split="dev", file="a.pdf", page=3, pages=(3, 7)
    )
    rankings = {"r1": [("b.pdf", 3), ("a.pdf", 7), ("a.pdf", 3)]}
    figures = page_gains({"fused": rankings}, [question])["fused"]
    assert figures["page@1"] == [0.0]
    assert figures["page@5"] == [1.0]
    assert figures["MRR@10"] == [0.5]


def test_a_verdict_needs_a_small_p():
    assert verdict(0.01, 0.2) == "not told apart"
    assert verdict(0.01, 0.001) == "better"
    assert verdict(-0.01, 0.001) == "worse"


def test_where_runs_go(tmp_path):
    one, two = tmp_path / "un", tmp_path / "deux"
    assert run_paths(None, [one, two]) == [None, None]
    assert run_paths(tmp_path / "r.trec", [one]) == [tmp_path / "r.trec"]
    assert run_paths(tmp_path, [one, two]) == [tmp_path / "un.trec", tmp_path / "deux.trec"]
    (tmp_path / "pris").write_text("")
    with pytest.raises(StorageError, match="plusieurs jeux"):
        run_paths(tmp_path / "pris", [one, two])


@pytest.fixture
def command(monkeypatch, tmp_path, embedder):
    """The command line, with the words' model in place of the real one."""
    from assistant.cli import app
    from assistant.index import embedding

    monkeypatch.setattr(embedding, "open_embedding", lambda *_, **__: embedder)
    runner = CliRunner()

    def run(*arguments):
        return runner.invoke(app, [*arguments, "--index", str(tmp_path / "index")])

    return run


@pytest.mark.parametrize(
    "words", [("evaluer", "--beir"), ("eval", "recherche"), ("evaluer", "recherche")]
)
def test_the_command_writes_one_json_object_a_set(command, beir_folder, words):
    done = command(*words, str(beir_folder), "--json")
    assert done.exit_code == 0, done.output
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["stages"]["reranked"]["nDCG@10"]["value"] > 0.5
    assert "fusionné" not in done.stderr


def test_a_pipe_gets_json_and_people_get_a_table(command, beir_folder):
    done = command("evaluer", "--beir", str(beir_folder), "--beir", str(beir_folder))
    assert len(done.stdout.splitlines()) == 2
    assert "réordonné" in done.stderr
    assert "par jeu" in done.stderr


def test_a_wrong_set_is_told_in_french(command, tmp_path):
    done = command("evaluer", "--beir", str(tmp_path / "rien"))
    assert done.exit_code == 1
    assert "n'existe pas" in done.stderr
    assert "corpus.jsonl" in done.stderr


def test_without_an_index_answers_cannot_be_measured(command):
    done = command("evaluer")
    assert done.exit_code == 1
    assert "assistant ingerer" in done.stderr
