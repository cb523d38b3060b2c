"""Sigles are learnt from the corpus itself, with the page that defines them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.index.glossary import (
    as_glossary,
    curated,
    curated_entries,
    dump_places,
    gather,
    load_places,
    merge,
    mine,
    mine_passages,
    same_sense,
    sigle_key,
    written_sigle,
)
from assistant.index.sigle_mining import Definition, find_in_text, is_sigle, plain_sigle
from assistant.model import Block, BlockKind, Cell, Passage, Span


@pytest.mark.parametrize(
    ("text", "sigle", "expansion"),
    [
        (
            "Déployer le Service d’Accès aux Soins (SAS) en région",
            "sas",
            "Service d’Accès aux Soins",
        ),
        (
            "les Contrats Pluriannuels d’Objectifs et de Moyens (CPOM) établis",
            "cpom",
            "Contrats Pluriannuels d’Objectifs et de Moyens",
        ),
        (
            "le Groupement Régional d’Appui au Développement de la e-Santé (GRADeS)",
            "grades",
            "Groupement Régional d’Appui au Développement de la e-Santé",
        ),
        (
            "DCC (dossier communiquant de cancérologie) 2.0",
            "dcc",
            "dossier communiquant de cancérologie",
        ),
        (
            "les CHU (centres hospitaliers universitaires)",
            "chu",
            "centres hospitaliers universitaires",
        ),
        (
            "CPTS : communautés professionnelles territoriales de santé, qui réunissent",
            "cpts",
            "communautés professionnelles territoriales de santé",
        ),
        ("SNP – soins non programmés", "snp", "soins non programmés"),
        ("les groupements hospitaliers (GHs) publics", "gh", "groupements hospitaliers"),
        (
            "la tarification à l’activité (T2A) des séjours",
            "t2a",
            "tarification à l’activité",
        ),
        ("le Système de Santé Soutenable (S3)", "s3", "Système de Santé Soutenable"),
        ("la recherche et développement (R&D)", "r&d", "recherche et développement"),
        ("le conseil d’administration (C.A.) vote", "ca", "conseil d’administration"),
        (
            "le recueil d’informations médicalisé en psychiatrie (RIM-P)",
            "rim-p",
            "recueil d’informations médicalisé en psychiatrie",
        ),
        ("le comité de pilotage (COPIL)", "copil", "comité de pilotage"),
        (
            "un établissement d’hébergement pour personnes âgées dépendantes (Ehpad)",
            "ehpad",
            "établissement d’hébergement pour personnes âgées dépendantes",
        ),
        (
            "l’Agence nationale d’appui à la performance des établissements (ANAP)",
            "anap",
            "Agence nationale d’appui à la performance des établissements",
        ),
        (
            "l’équipe mobile santé précarité (ci-après « EMSP »)",
            "emsp",
            "équipe mobile santé précarité",
        ),
    ],
)
def test_a_definition_is_recognised(text, sigle, expansion):
    assert mine([text]) == {sigle: [expansion]}


@pytest.mark.parametrize(
    "text",
    [
        "le comité de validation (DGOS, ARS concernées, ANAP)",
        "une réunion (OK) hier",
        "une subvention régionale (ARS)",
        "Horaires : 9 h à 12 h",
        "au chapitre précédent (II) comme au chapitre suivant (IV)",
        "la table des séjours (T_MCOB)",
        "Nom du produit : BLANCS D'ENCORNET (LOLIGO)",
        "une région (France) et une ville (Dijon)",
        "ARS : voir la page 12",
        "le service est ouvert. Aucun soin (SAS)",
    ],
)
def test_brackets_that_define_nothing_are_left_alone(text):
    assert mine([text]) == {}


def passage(*blocks, section=(), document="doc"):
    return Passage("p", document, 0, tuple(section), tuple(blocks))


def paragraph(text, page=1):
    return Block(BlockKind.PARAGRAPH, (Span(page, 0, len(text)),), text)


def row(sigle, said, page=1, header="Sigle"):
    span = Span(page, 0, 1)
    cells = (Cell(header, sigle, span), Cell("Développé", said, span))
    return Block(BlockKind.TABLE_ROW, (span,), f"{sigle} {said}", cells=cells)


def test_a_table_of_sigles_is_read_even_when_letters_do_not_all_match():
    found = mine_passages(
        [
            passage(
                row("COSTRA", "Comité stratégique régional de l’e-santé"),
                row(
                    "AOC / AOP", "Appellation d’origine contrôlée / Appellation d’origine protégée"
                ),
                row("MCO", "Voir page 3"),
            )
        ]
    )
    assert as_glossary(found) == {
        "aoc": ["Appellation d’origine contrôlée"],
        "aop": ["Appellation d’origine protégée"],
        "costra": ["Comité stratégique régional de l’e-santé"],
    }
    # The same row in an ordinary table proves nothing.
    other = row("COSTRA", "Comité stratégique régional de l’e-santé", header="Instance")
    assert mine_passages([passage(other)]) == {}


def test_a_glossary_set_in_two_columns_is_read_without_marks():
    text = (
        "AAP Appel à projets AMI Appel à manifestation d’intérêt ANS Agence du numérique en santé"
    )
    assert set(mine_passages([passage(paragraph(text), section=["Glossaire"])])) == {
        "aap",
        "ami",
        "ans",
    }
    assert mine_passages([passage(paragraph(text), section=["Annexe"])]) == {}


def test_each_definition_keeps_its_document_and_page():
    found = mine_passages(
        [
            passage(paragraph("le Service d’Accès aux Soins (SAS)", page=12), document="srs"),
            passage(paragraph("SAS (service d’accès aux soins)", page=3), document="copil"),
            passage(paragraph("le syndrome d’apnée du sommeil (SAS)", page=7), document="guide"),
        ]
    )
    first, second = found["sas"].senses
    assert (first.count, first.places) == (2, (("srs", 12), ("copil", 3)))
    assert (second.text, second.places) == ("syndrome d’apnée du sommeil", (("guide", 7),))
    assert load_places(dump_places(found)) == found


@pytest.mark.parametrize("text", ["[]", '{"sas": 3}', '{"sas": {"sigle": "SAS"}}', "pas du JSON"])
def test_places_that_were_damaged_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        load_places(text)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "communauté professionnelle territoriale de santé",
            "Communautés Professionnelles Territoriales de Santé",
        ),
        ("dossier communicant de cancérologie", "Dossier Communiquant de Cancérologie"),
        ("observatoire régional de la santé", "Observatoire régional de santé"),
        ("hébergement de données de santé", "hébergeur de données de santé"),
        ("Serveur Multi-Terminologies", "serveur multi terminologie"),
        (
            "Agence nationale d’appui à la performance",
            "Agence nationale de la performance sanitaire et médico-sociale",
        ),
    ],
)
def test_inflections_and_slips_are_one_sense(first, second):
    assert same_sense(first, second)
    assert same_sense(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("éducation thérapeutique du patient", "équivalent temps plein"),
        ("Dossier Médical Partagé", "Dossier Médical Personnel"),
        ("diagnostic principal", "dossier pharmaceutique"),
        ("projet régional de santé", "plan régional de santé"),
    ],
)
def test_other_words_are_another_sense(first, second):
    assert not same_sense(first, second)


def test_the_most_frequent_expansion_comes_first():
    texts = ["Aide à la prescription (AP)"] + ["Appel à projets (AP)"] * 2
    assert mine(texts)["ap"] == ["Appel à projets", "Aide à la prescription"]


def test_the_corpus_wins_over_the_curated_list():
    assert merge({"sas": ["service apres sinistre"]})["sas"] == ["service apres sinistre"]
    assert merge({})["ars"] == curated()["ars"]


def test_every_listed_sigle_is_written_as_one_and_its_senses_differ():
    for entry in curated_entries().values():
        assert is_sigle(entry.sigle), entry.sigle
        texts = [sense.text for sense in entry.senses]
        assert texts
        assert all(
            not same_sense(one, other)
            for place, one in enumerate(texts)
            for other in texts[place + 1 :]
        ), entry.sigle


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("GHTs", "ght"),
        ("G.H.T.", "ght"),
        ("ght", "ght"),
        ("l’ARS", "ars"),
        ("GRADeS", "grades"),
        ("MSSanté", "mssante"),
        ("HOP’EN", "hop'en"),
        ("PGSSI-S", "pgssi-s"),
        ("CPTS", "cpts"),
    ],
)
def test_writings_of_one_sigle_are_filed_together(written, key):
    assert sigle_key(written) == key
    assert sigle_key(plain_sigle(written)) == key


def test_a_sigle_known_by_its_key_is_shown_as_it_is_written():
    assert written_sigle("grades") == "GRADeS"
    assert written_sigle("opssies") == "OPSSIES"


@given(st.text(max_size=300))
def test_any_text_is_searched_without_harm(text):
    for found in find_in_text(text):
        assert len(found.expansion.split()) >= 2
        assert is_sigle(found.sigle, titled=True)
        # Every word of an expansion is a word of the text, in its order.
        words = iter(text.replace("«", " ").split())
        assert found.expansion.split()[0].strip('*"“”»') in "".join(words)


WORDS = st.lists(
    st.text("abcdefghijklmnoprtuvz", min_size=4, max_size=9), min_size=3, max_size=6, unique=True
)


@given(WORDS)
def test_initials_in_brackets_always_give_back_their_words(words):
    sigle = "".join(word[0] for word in words).upper()
    said = " ".join(words)
    found = list(find_in_text(f"Voici. {said} ({sigle}) existe"))
    if is_sigle(sigle):
        assert [item.sigle for item in found] == [sigle]
        assert said.endswith(found[0].expansion)


@given(st.lists(st.tuples(st.sampled_from(["SAS", "GHT"]), st.sampled_from("abc")), max_size=12))
def test_no_definition_is_lost_when_they_are_put_together(pairs):
    names = {"a": "service accès soins", "b": "groupe homogène tarifs", "c": "zone bleue nord"}
    found = gather(Definition(sigle, names[name], "d", 1) for sigle, name in pairs)
    total = sum(sense.count for entry in found.values() for sense in entry.senses)
    assert total == len(pairs)


def test_a_sense_spelt_out_once_does_not_hide_the_usual_one() -> None:
    merged = merge({"ght": ["groupe homogène de tarifs"], "dac": ["direction des achats"]})
    assert merged["ght"] == ["groupe homogène de tarifs", "groupement hospitalier de territoire"]
    assert merged["dac"] == ["direction des achats"]  # one sense in the list: the corpus wins
