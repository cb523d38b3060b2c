/* Evaluators' tools that Gradio has no part for: reading a table into a set, and the name of the
   annotator, kept by this browser. */

"use strict";

(() => {
  const NBSP = "\u00a0";

  function say(message, good) {
    const place = document.querySelector("#jeu-echanges");
    if (!place) return;
    let said = document.getElementById("import-fait");
    if (!said) {
      said = document.createElement("p");
      said.id = "import-fait";
      said.setAttribute("role", "status");
    }
    place.after(said);
    said.className = good ? "conforme" : "alerte";
    said.textContent = message;
  }

  /** Tell the server that a set has changed, so that its list is drawn again. */
  let commands = 0;
  function refresh() {
    const box = document.querySelector("#evaluation-commande :is(textarea, input)");
    if (!box) return;
    commands += 1;
    box.value = `relire#${commands}`;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async function send(name, file) {
    say("Lecture du tableau…", true);
    try {
      const response = await fetch(`/v1/jeux/${encodeURIComponent(name)}/import`, { method: "POST", body: file });
      const body = await response.json();
      if (!response.ok) throw new Error(`${body.detail} ${body.remedy}`);
      say(`Tableau importé${NBSP}: ${body.read} question${body.read > 1 ? "s" : ""} lue${body.read > 1 ? "s" : ""}, ${body.total} dans le jeu.`, true);
      refresh();
    } catch (error) {
      say(error.message, false);
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#importer:']");
    if (!link) return;
    event.preventDefault();
    const picker = document.createElement("input");
    picker.type = "file";
    picker.accept = ".csv,.xlsx";
    picker.addEventListener("change", () => {
      if (picker.files.length) send(decodeURIComponent(link.getAttribute("href")).slice("#importer:".length), picker.files[0]);
    });
    picker.click();
  });

  /** The name is the one of the fiches: one person, one browser. */
  const ANNOTATOR = "#annotation-nom :is(textarea, input)";
  document.addEventListener("input", (event) => {
    if (event.target.matches?.(ANNOTATOR) && event.isTrusted) localStorage.setItem("auteur", event.target.value.trim());
  });
  document.addEventListener("focusin", (event) => {
    if (!event.target.closest?.("#annotation-formulaire, #annotation-choix, #annotation-question")) return;
    const box = document.querySelector(ANNOTATOR);
    const kept = localStorage.getItem("auteur");
    if (!box || box.value || !kept || event.target === box) return;
    box.value = kept;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
