"""Closed lists of French words that say the same thing, or the contrary.

They serve to compare a sentence with its proof: a synonym is taken for the word itself, an
antonym turns the meaning over. Short lists of the words of plans, calls and minutes; what they
lack makes a sentence refused, never accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from assistant.language.analyser import stem

_SAME = """
consacrer dedier dedie allouer attribuer doter dotation affecter octroyer accorder mobiliser verser
destiner reserver flecher debloquer ;
financer financement financier subvention subventionner aide aider soutien soutenir appui
appuyer accompagner accompagnement epauler ;
deposer depot soumettre soumission transmettre transmission transmis soumis remis envoyer
envoi adresser remettre remise communiquer ;
candidature candidat dossier ;
clore cloture close clos fermeture fermer finir fin terminer achever achevement echeance ;
debuter debut demarrer demarrage commencer commencement lancer lancement ouvrir ouverture
engager initier ;
responsable pilote referent ;
piloter pilotage conduire conduite diriger direction mener gouverner animer coordonner ;
porter porteur ;
objectif but finalite viser visee ambition cible cibler ;
agent personnel salarie professionnel soignant equipe collaborateur ;
outil solution dispositif systeme logiciel application instrument ;
retenir retenu laureat selectionner selection choisir choix elire ;
utiliser utilisation employer emploi usage recourir recours servir mobiliser ;
rassembler reunir reuni regrouper reunion seance rassemblement ;
enveloppe budget montant somme credit ;
cout prix depense tarif ;
plafond limite maximum maximal ;
plancher minimum minimal ;
duree periode delai ;
creer creation constituer instaurer instituer ;
ameliorer amelioration renforcer renforcement developper developpement perfectionner ;
augmenter augmentation hausse croitre croissance accroitre accroissement accru progresser
progression ;
baisser baisse diminuer diminution reduire reduction recul reculer decroitre ;
necessaire obligatoire requis exiger exigence imposer obligation indispensable ;
possible facultatif optionnel ;
publier publication diffuser diffusion paraitre paru parution editer ;
analyser analyse etudier etude examiner examen instruire instruction ;
evaluer evaluation mesurer mesure apprecier appreciation ;
former formation apprentissage apprendre appris ;
essayer essai experimenter experimentation tester test eprouver ;
deployer deploiement generaliser generalisation etendre etendu extension ;
hopital hospitalier hospitalisation ;
etablissement structure ;
region regional ;
malade patient ;
medecin medical docteur ;
soigner soin sante sanitaire ;
numerique digital informatique ;
question interrogation ;
remplacer remplacement substituer succeder relayer ;
ajouter ajout supplementaire completer complement ;
responsable referent charge ;
groupe gt ;
comite copil ;
appel ami aap ;
planning planification planifier ;
notifier notification informer information annoncer annonce communiquer ;
designer nommer nomination designation ;
garantir garantie assurer ;
recenser recensement denombrer compter comptage repertorier inventorier inventaire lister ;
verifier verification controler controle ;
suivre suivi surveiller surveillance ;
definir defini fixer determiner arreter ;
couvrir couverture ;
demander demande solliciter sollicitation reclamer ;
vouloir veut veulent souhaiter desirer ;
initiative action ;
preparer preparation elaborer elaboration concevoir concu conception rediger ;
representer equivaloir correspondre ;
recevoir recu beneficier obtenir obtenu percevoir percu ;
signaler declarer alerter ;
proposer proposition offrir offre ;
rendre rendu fournir livrer produire donner ;
accueillir recevoir heberger ;
gerer gestion administrer administration ;
participer participation contribuer contribution ;
partager partage echanger echange mutualiser ;
heberger hebergement ;
eviter prevenir prevenu empecher ;
interrompre interrompu interruption arreter arret suspendre suspension ;
inscrire enregistrer inscription enregistrement ;
habitant population ;
domicile maison ;
trimestre trimestriel ;
semestre semestriel ;
annee annuel an ;
mois mensuel ;
semaine hebdomadaire ;
jour quotidien journalier ;
entreprise societe industriel ;
travail professionnel ;
priorite prioritaire principal essentiel ;
situer localiser installer ;
vivre habiter resider ;
mourir deces deceder mort ;
naitre naissance ;
tuer assassiner meurtre ;
construire construction batir bati ;
acheter acquerir acquis acquisition achat racheter ;
vendre vendu vente ceder cession ;
gagner remporter victoire ;
ecrire auteur redaction ;
diriger chef dirigeant ;
"""

_OPPOSITE = (
    (
        "augmenter augmentation hausse croitre croissance accroitre accroissement progresser "
        "progression amelioration ameliorer benefice",
        "baisser baisse diminuer diminution reduire reduction recul reculer decroitre "
        "degradation degrader perte",
    ),
    (
        "autoriser autorisation permettre permis admettre admis",
        "interdire interdit interdiction prohiber prohibe defendre",
    ),
    (
        "obligatoire obligation impose imposer exiger exige requis",
        "facultatif facultative optionnel optionnelle volontaire dispense dispenser",
    ),
    ("inclure inclus comprendre compris", "exclure exclu exclus exclusion"),
    (
        "ouvrir ouverture ouvert ouverte debut debuter commencer demarrer demarrage",
        "fermer fermeture ferme clore clos close cloture fin finir terminer achever",
    ),
    (
        "accepter acceptation approuver approbation valider validation adopter adoption retenir "
        "retenu favorable accord",
        "refuser refus rejeter rejet ecarter defavorable",
    ),
    ("maximum maximal plafond", "minimum minimal plancher"),
    ("public publique", "prive privee"),
    (
        "avant anterieur anterieurement prealable preceder precede",
        "apres posterieur posterieurement ulterieur suivre suit succeder",
    ),
    ("ajouter ajout creer creation", "supprimer suppression retirer retrait"),
    ("interne", "externe"),
    ("individuel individuelle", "collectif collective"),
    ("national nationale", "regional regionale local locale"),
    ("conforme", "contraire"),
    ("acheter achat", "vendre vendu vente"),
    ("entrer entree", "sortir sortie"),
    ("premier premiere", "dernier derniere"),
    ("court courte", "long longue"),
    ("confirmer confirme maintenir maintenu", "annuler annule annulation abandonner abandon"),
    ("positif positive", "negatif negative"),
    ("suffisant suffisante", "insuffisant insuffisante"),
    ("succes reussite reussir", "echec echouer"),
    ("majorite majoritaire", "minorite minoritaire"),
    ("gratuit gratuite", "payant payante"),
    ("gagner gain", "perdre perte"),
    ("superieur superieure", "inferieur inferieure"),
    ("prioritaire principal principale", "secondaire accessoire"),
    ("fort forte eleve elevee", "faible bas basse"),
    ("simple", "complexe"),
    ("vrai exact exacte", "faux fausse inexact inexacte"),
    ("present presente", "absent absente"),
    ("complet complete", "incomplet incomplete partiel partielle"),
    ("tot", "tard"),
    ("plus", "moins"),
)


@lru_cache(maxsize=1)
def _groups() -> dict[str, frozenset[int]]:
    groups: dict[str, set[int]] = {}
    for number, line in enumerate(_SAME.split(";")):
        for term in _forms(line):
            groups.setdefault(term, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in groups.items()}


def _forms(said: str) -> frozenset[str]:
    """Terms of words, with the participles of verbs in -er."""
    terms = set()
    for word in said.split():
        terms.add(stem(word))
        if word.endswith("er") and len(word) > 5:
            terms |= {stem(word[:-1]), stem(f"{word[:-1]}e"), stem(f"{word[:-1]}es")}
    return frozenset(terms)


@lru_cache(maxsize=1)
def opposites() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Pairs of sets of index terms: a word of one says the contrary of a word of the other."""
    return tuple((_forms(left), _forms(right)) for left, right in _OPPOSITE)


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """All the words of the lists, as written there."""
    contraries = " ".join(f"{left} {right}" for left, right in _OPPOSITE)
    return frozenset(f"{_SAME} {contraries}".replace(";", " ").split())


# Sigles of any French administration or hospital, which a corpus may use without spelling out.
_SPELT = """
llm modele langage ; ia intelligence artificielle ; rh ressources humaines ;
drh ressources humaines ; dsi systemes information ; si systeme information ;
gt groupe travail ; ami appel manifestation interet ; aap appel projets ; copil comite pilotage ;
es etablissement sante ; chu hospitalier universitaire ; ch centre hospitalier ;
dpi dossier patient ; roi retour investissement ; fdr feuille route ; retex retour experience
"""


@lru_cache(maxsize=1)
def _spellings() -> tuple[tuple[str, frozenset[str]], ...]:
    lines = ([stem(word) for word in line.split()] for line in _SPELT.split(";"))
    return tuple((sigle, frozenset(meant)) for sigle, *meant in lines)


def spellings(terms: Collection[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Common sigles and what they stand for, whichever of the two a question uses.

    Args:
        terms: index terms of the question.

    Yields:
        A term, and a set of terms that stands for it when all of them are found.
    """
    for sigle, meant in _spellings():
        if sigle in terms:
            yield sigle, meant
        if meant <= set(terms):
            yield from ((term, frozenset({sigle})) for term in meant)


_SAME_ROOT = 5
_SAME_SHARE = 0.66


@lru_cache(maxsize=100_000)
def related(first: str, second: str) -> bool:
    """Tell whether two index terms may say the same thing: one root, or listed as synonyms."""
    if first == second:
        return True
    if not (first.isalpha() and second.isalpha()):
        return False
    return same_root(first, second) or not _groups_of(first).isdisjoint(_groups_of(second))


@lru_cache(maxsize=50_000)
def _groups_of(term: str) -> frozenset[int]:
    """Groups of synonyms of a term, found by its root: verbs are conjugated."""
    found = _groups().get(term)
    if found is not None:
        return found
    alike = _by_opening().get(term[:_SAME_ROOT], ())
    return frozenset().union(*(_groups()[word] for word in alike if same_root(word, term)))


@lru_cache(maxsize=1)
def _by_opening() -> dict[str, list[str]]:
    """Listed words by the letters that two words of one root share at least."""
    opening: dict[str, list[str]] = {}
    for word in _groups():
        opening.setdefault(word[:_SAME_ROOT], []).append(word)
    return opening


def same_root(first: str, second: str) -> bool:
    """Tell whether two terms open alike for most of their length (« financ », « financeur »)."""
    shared = 0
    for a, b in zip(first, second, strict=False):
        if a != b:
            break
        shared += 1
    return shared >= _SAME_ROOT and shared >= _SAME_SHARE * max(len(first), len(second))
