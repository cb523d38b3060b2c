#!/usr/bin/env bash
# Essai réel du paquet hors ligne : le préparer (réseau requis), puis, dans un espace de noms sans
# aucune route et avec un dossier personnel vide, le vérifier, l'installer, lire le corpus de
# démonstration, poser une question. Durées et tailles sont affichées.
#
#     deploy/essai_paquet.sh [DOSSIER_DE_TRAVAIL]
set -euo pipefail

depot=$(cd "$(dirname "$0")/.." && pwd)
travail=${1:-$(mktemp -d)}
mkdir -p "$travail/maison"
paquet=$travail/paquet.tar
python=$("$depot/.venv/bin/python" -c 'import os, sys; print(os.path.realpath(sys.base_exec_prefix))')

if [ ! -e "$paquet" ]; then
  time "$depot/.venv/bin/assistant" paquet "$paquet"
fi
"$depot/.venv/bin/assistant" paquet "$paquet" --verifier
tar -xf "$paquet" -C "$travail"

cat > "$travail/hors_ligne.sh" <<'FIN'
set -euo pipefail
cd "$1"
ip link set lo up
if [ -n "$(ip route)" ]; then echo "une route mène dehors" >&2; exit 1; fi
python3 paquet/installer.py --verifier
time python3 paquet/installer.py "$1/installation"
cd installation
time .venv/bin/assistant ingerer corpus/demo/pdf
reponse=$(.venv/bin/assistant demander "Quel est le montant maximal du soutien par projet ?")
echo "$reponse"
case $reponse in
  *"20 000"*"Sources citées"*) echo "Essai réussi : réponse citée, sans réseau." ;;
  *) echo "Essai manqué : la réponse attendue n'est pas là." >&2; exit 1 ;;
esac
.venv/bin/assistant diagnostic
du -sh "$1/installation" "$1/paquet.tar"
FIN
unshare -rn env -i HOME="$travail/maison" PATH="$python/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
  LANG=C.UTF-8 bash "$travail/hors_ligne.sh" "$travail"
