"""Short French words that sigles are easily taken for when typed in small letters.

« Le sas d'entrée », « un cas d'usage », « un ami » : only capitals make a sigle of these.
"""

from __future__ import annotations

from assistant.language.words import STOP_WORDS, words

ORDINARY = STOP_WORDS | words(
    """
    abri acte actes age ages aide aides aile ains air aire ais aise ait aller alors ame ames ami
    amis amie amies amont an ane ange ans apres arc are arme armes arret art arts as ase atout
    aval avec avis axe axes bac bail bain bal balle ban banc bande bar bars bas base bases bat bel
    ben bien biens bis ble bloc blocs boa bois bol bon bons bord bords boue bout bras brin bris
    brut bue bus but buts cadre cage caisse cale camp can cap cape caps car cas case cases casse
    cave cent cep cerf chai chef chefs cher chez choc ci cils cinq cire cite clair clan cle cles
    clic clos club cm cocon code codes coi coin col comite comme con contre cor corde corps
    cote cou coup coups cour cours crac cran creme cri crime cris croc cru cube cuir cure
    cures cuve dam dame date dates de des deux dent dents dire dis dit dite dits dix dois doit
    don donc donne dons dos dose doses dr droit droits du dua duc due dues dur dure eau eaux ecart
    ecole ecrit edit effet effets ego elan elle elles elu elus ene entre epi ere eres erg essai
    est etage etape etat etats ete etre eux face faim fait faits fan fard fer fers feu feux fil
    fils fin fine fins fiole fis fit flux foi fois fol fond fonds font for force forme forces
    forfait fort fou frais frein front fui fut futur gai gain gains gala gale gants gare gars gaz
    gel geste gite gland gout grain grains gre gris gros gui guide guides hall halte
    hic hier homme hors hors hui huit ici idee idees if ile iles ils ire jeu jeux job jour jours
    jus juste kit kits la lac lait lame lampe lance las le lent les lest leur lie lien liens lieu
    lieux lin lion lire lis liste lit lits livre loge loi lois loin long lors lot lots loup lu lui
    lus lutte mage mai mail main mains maire mais mal male mare mars mas masse mat mats me mere
    mes mess met mets mg mie mien miel mil mille mine minute mis mise mises mit mm mode modes moi
    moins mois moi mon mont mort mot moto mots mou mur mure murs mus nage nait nappe ne nef nerf
    nes net nets neuf nez ni nid nie nom noms non nord nos note notes nous nouveau nu nuit nul
    nuls obeir oc oeil off offre offres oie on or ordre ordres ores os ose oser ou oubli oui ours
    out outil outils pa page pages paie pain pair paire paix pal pan panne par parc part parts
    parti pas passe passes pause pays peau peine pele per perdu pere pet peu peur phare pic
    pie pied pieds pin pire pis place plan plans plat plein pli plomb plus poids point points
    pole poles pont port porte portes pose post pot pour pre premier pres pret prete pris prise
    prix pro prof projet puce puis pur pus quai que quel qui quoi rab raie rail rait ral rame
    rampe rang rangs ras rat rate rats re recu recul regle reine rem remise rep repas rep repos
    reste rets revu rez ria ride rien rime ris rit riz robe roc role roles roi rois ronde rose
    rot roue rue rues ruse sa sac sacs sage sages sai sain sains sale salle sans sas saut sec
    seche sel selle sels sens sept serment serre ses set seul seuls si siens sien signe
    signes sil site sites six ski soi soie soif soin soins soir sois soit sol sols solde son sons
    sors sort sorte sortie sot sous spa stage stages star stock stop sud suis suit suite sur sure
    surs ta tact tait tant tard tas tasse tate taux te tel tels temps tenu terme termes test tests
    tete theme then ti tic tics tien tiens tiers tige tir tirs tisse titre titres toi toit
    tome ton tonne tons top tor tort tot tour tours tous tout toux trace train traits tres tri
    tries trio trois trop trou trouve tsar tu tube tue une unes uni unie unis us use vache val
    van vas vase vent vents ver vers vert veto veut vie vies vif vil ville vin vis visa vit vite
    vivre voie voies voir vois voit voix vol vols vote vous vrai vue vues zen zero zone zones
    """
)
"""Folded words; units and titles (« mg », « dr ») among them."""
