// Filters, order and folding of the questions; the page reads well without it.
(function () {
  "use strict";
  var liste = document.getElementById("liste-questions");
  var filtres = document.getElementById("filtres");
  if (!liste || !filtres) { return; }
  var questions = Array.prototype.slice.call(liste.querySelectorAll("details.question"));
  var choix = function (nom) { return document.getElementById("filtre-" + nom); };
  var dit = document.getElementById("compte-questions");
  filtres.hidden = false;
  function filtrer() {
    var issue = choix("issue").value, genre = choix("genre").value, vues = 0;
    questions.forEach(function (une) {
      var bonne = issue === "" || une.dataset.issue === issue || (issue === "*" && une.classList.contains("reprendre"));
      une.hidden = !(bonne && (genre === "" || une.dataset.genre === genre));
      if (!une.hidden) { vues += 1; }
    });
    dit.textContent = vues + "\u00a0question" + (vues > 1 ? "s" : "") + " sur " + questions.length;
  }
  function ranger() {
    var cle = choix("ordre").value;
    questions.slice().sort(function (a, b) {
      return cle === "lenteur" ? b.dataset.ms - a.dataset.ms : a.dataset[cle] - b.dataset[cle];
    }).forEach(function (une) { liste.appendChild(une); });
  }
  choix("issue").addEventListener("change", filtrer);
  choix("genre").addEventListener("change", filtrer);
  choix("ordre").addEventListener("change", ranger);
  document.getElementById("deplier").addEventListener("click", function () {
    var ouvrir = questions.some(function (une) { return !une.hidden && !une.open; });
    questions.forEach(function (une) { if (!une.hidden) { une.open = ouvrir; } });
  });
  function viser() {
    var une = /^#q-\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (une) { une.hidden = false; une.open = true; une.scrollIntoView(); }
  }
  window.addEventListener("hashchange", viser);
  viser();
})();
