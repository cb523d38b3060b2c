"""A cross-encoder reads the first passages with the question; nothing else changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelMissingError
from assistant.retrieval.cross_encoder import READ, open_reranker
from assistant.retrieval.search import PassageSearch
from tests.retrieval.memory import search_over

TEXTS = {
    "planning": "Le planning des infirmiers est affiché chaque mois dans le service.",
    "reseau": "Le réseau informatique du service est surveillé par la direction.",
    "gare": "La gare est à dix minutes à pied, le service de bus est régulier.",
}


class _LikesStations:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def scores(self, question: str, texts: list[str]) -> np.ndarray:
        self.seen += texts
        return np.array([10.0 if "gare" in text else 0.0 for text in texts], dtype=np.float32)


def names(search: PassageSearch, question: str) -> list[str]:
    return [hit.document.id for hit in search.search(question)]


def test_it_moves_what_it_prefers_to_the_front() -> None:
    reranker = _LikesStations()
    question = "planning du service des infirmiers"
    assert names(search_over(TEXTS), question)[0] == "planning"
    assert names(search_over(TEXTS, reranker=reranker), question)[0] == "gare"


def test_it_reads_no_more_than_it_must_and_the_others_follow() -> None:
    texts = {f"d{number:02}": f"Le service numéro {number} est ouvert." for number in range(30)}
    reranker = _LikesStations()
    hits = search_over(texts, reranker=reranker).search("service ouvert", limit=30)
    assert len(reranker.seen) == READ
    assert len(hits) == 30
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert ["cross_encoder" in hit.explain for hit in hits] == [True] * READ + [False] * (30 - READ)


def test_a_missing_model_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="réordonnancement"):
        open_reranker(tmp_path)


def test_a_damaged_model_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{ pas du json", encoding="utf-8")
    with pytest.raises(ModelMissingError, match="ne s'ouvre pas"):
        open_reranker(tmp_path)


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A genuine cross-encoder, tiny and untrained, built from nothing."""
    from sentence_transformers import CrossEncoder
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        PreTrainedTokenizerFast,
    )

    folder = tmp_path_factory.mktemp("cross") / "minuscule"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "service", "planning", "gare", "le", "du"]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    ).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    CrossEncoder(str(folder), device="cpu", local_files_only=True).save_pretrained(str(folder))
    return folder


def test_a_local_directory_is_opened_and_scores_pairs(tiny_model: Path) -> None:
    reranker = open_reranker(tiny_model, threads=1)
    scores = reranker.scores("planning du service", ["le planning", "la gare", "le planning"])
    assert reranker.name == "minuscule"
    assert scores.shape == (3,)
    assert scores[0] == pytest.approx(scores[2])  # same pair, same score
    assert reranker.scores("planning", []).shape == (0,)
