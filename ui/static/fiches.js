/* The « Fiches » tab: its links are commands, what is typed there is never lost.

   Words typed in the form of a field are kept at once by this browser, and saved on the server
   after a pause or when the form is left. What the server wrote is forgotten here; what it could
   not write is offered back when the field is opened again. */

"use strict";

(() => {
  const { NBSP, element, goneOn, leavePage, reach } = window.ecrans;
  const PAUSE_MS = 20_000;
  const ANSWER_MS = 15_000;
  const KEPT_DAYS = 60;
  const PREFIX = "fiche-brouillon:";
  const TEXT = "#fiche-texte textarea";
  const ARGUMENT = "#fiche-argument textarea";
  const FORM = "#fiche-edition";
  const CHOICES = ":is(#fiche-extraits, #fiche-guichets, #fiche-axe, #fiche-fonctions, #fiche-note, #fiche-statut)";

  const find = (selector) => document.querySelector(selector);
  const field = (id) => find(`${id} :is(textarea, input)`);
  const plain = (words) => words.replace(/\r\n/g, "\n").replace(/\n\s*\n/g, "\n\n").trim();

  /** Write in a component of Gradio as somebody would. */
  function write(box, value) {
    box.value = value;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* --- Commands: « #fiche:modifier:besoin » asks the server for that form ------------------- */

  /** Focus a heading once it has been drawn again, or after a while if it may stay as it was. */
  function reachAnew(selector, former, { tries = 100, same = false, left = goneOn() } = {}) {
    const title = find(selector);
    if (title && (title !== former || (same && !tries))) reach(selector, "", "nearest", left);
    else if (tries) setTimeout(() => reachAnew(selector, former, { tries: tries - 1, same, left }), 60);
  }
  /** Below « Préciser », what is being drafted would come where nobody looks. */
  function showDrafted(panel) {
    const left = goneOn();
    let waited = false;
    const drawn = new MutationObserver(() => {
      const waiting = panel.querySelector(".attente") !== null;
      waited ||= waiting;
      if (!left() && panel.getBoundingClientRect().top > innerHeight * 0.65) panel.scrollIntoView({ block: "start" });
      // While it waits the page may be too short to bring it up.
      if (left() || (waited && !waiting)) drawn.disconnect();
    });
    drawn.observe(panel, { childList: true, subtree: true });
  }
  let edited = null;
  let commands = 0;
  function order(command) {
    const box = field("#fiche-commande");
    if (!box) return false;
    leavePage();
    commands += 1;
    write(box, `${command}#${commands}`);
    return true;
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#fiche:']");
    if (!link) return;
    const href = link.getAttribute("href");
    const command = decodeURIComponent(href).slice("#fiche:".length);
    const said = link.lastElementChild?.textContent.replace(/^[\s:]+/, "") ?? "";
    if (!order(command)) return;
    event.preventDefault();
    if (command.startsWith("modifier:")) {
      edited = href;
      // On a phone the form stands under the fiche: « nearest » would leave only its title in sight.
      const below = matchMedia("(max-width: 700px)").matches;
      reach("#fiche-edition-titre h2", said, below ? "start" : "nearest");
    } else if (command.startsWith("ouvrir:")) {
      reach("#fiche .titre-fiche", "", "start");
    } else if (command.startsWith("axe:")) {
      reachAnew("#portefeuille-liste h2", find("#portefeuille-liste h2"), { tries: 20, same: true });
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("a[href='#fiche-auteur']")) {
      event.preventDefault();
      field("#fiche-auteur")?.focus();
    }
    if (event.target.closest?.("#rediger")) {
      leavePage();
      showDrafted(find("#fiche"));
    }
    // The form goes away: the reader is back where it was opened.
    if (!event.target.closest?.("#fiche-fermer")) return;
    const left = goneOn();
    const back = (tries) => {
      if (find(FORM)?.offsetParent && tries) {
        setTimeout(() => back(tries - 1), 60);
        return;
      }
      const links = [...document.querySelectorAll("#fiche a.commande")];
      const link = links.find((one) => one.getAttribute("href") === edited);
      if (!link || left()) return;
      link.focus({ preventScroll: true });
      link.scrollIntoView({ block: "center" });
    };
    back(50);
  });

  /* --- Words kept by this browser ----------------------------------------------------------- */

  /** What is kept of one box: the words it began with, those last sent, those typed, and when. */
  function recall(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  }
  function keep(key, record) {
    try {
      localStorage.setItem(key, JSON.stringify(record));
    } catch {
      // The store of the browser is full or closed: the server still saves.
    }
  }
  for (const key of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
    const record = recall(key);
    if (!record || Date.now() - record.at > KEPT_DAYS * 86_400_000) localStorage.removeItem(key);
  }

  /** The form on the screen: what names it, and the words its boxes began with. */
  const form = { mark: "", bases: new Map() };
  const boxes = () => [find(TEXT), find(ARGUMENT)].filter((one) => one?.offsetParent);
  function keyOf(box) {
    const [, fiche, name] = form.mark.split(":");
    const criterion = box.closest("#fiche-argument") ? `:${field("#fiche-critere")?.value ?? ""}` : "";
    return `${PREFIX}${fiche}:${name}${criterion}`;
  }

  /** Words not written by the server yet, by the box they are in. */
  const unsent = new Set();
  let typedAt = 0;
  function note(box) {
    const key = keyOf(box);
    if (!form.bases.has(key)) form.bases.set(key, recall(key)?.base ?? "");
    const sent = recall(key)?.sent ?? null;
    keep(key, { base: form.bases.get(key), sent, words: box.value, at: Date.now() });
    unsent.add(box.closest("#fiche-argument") ? "argument" : "texte");
    typedAt = Date.now();
    later();
  }
  document.addEventListener("input", (event) => {
    if (!event.isTrusted) return;
    if (event.target.matches?.(`${TEXT}, ${ARGUMENT}`) && form.mark) note(event.target);
    if (event.target.closest?.("#fiche-commentaire")) unsent.add("commentaire");
  });
  document.addEventListener("change", (event) => {
    if (!event.isTrusted || !event.target.closest?.(`${FORM} ${CHOICES}`)) return;
    unsent.add("choix");
    typedAt = Date.now();
    later();
  });

  /* --- Words saved by themselves ------------------------------------------------------------ */

  const sent = new Map();
  const waiting = [];
  let calls = 0;
  let heard = 0;
  let timer = 0;
  function later() {
    clearTimeout(timer);
    timer = setTimeout(saveAlone, PAUSE_MS);
  }
  const conflict = () => find("#fiche-conflit .cote-a-cote") !== null;
  const toSave = () => ["texte", "argument", "choix"].some((one) => unsent.has(one));
  function saveAlone() {
    clearTimeout(timer);
    const box = field("#fiche-seul-commande");
    if (!box || !form.mark || conflict() || !toSave()) return false;
    calls += 1;
    const words = boxes().map((one) => [keyOf(one), one.value]);
    sent.set(calls, { at: Date.now(), words });
    write(box, `${form.mark}#${calls}`);
    return true;
  }

  /** What the server answered to the last call: written, or why not. */
  function hear() {
    const line = find("#fiche-seul [class*='rang-']");
    const rank = Number(/rang-(\d+)/.exec(line?.className ?? "")?.[1] ?? 0);
    if (!rank || rank === heard) return;
    heard = rank;
    const written = !line.classList.contains("attention");
    const call = sent.get(rank);
    sent.delete(rank);
    if (written && call) {
      for (const [key, words] of call.words) {
        const record = recall(key);
        if (record?.words === words) localStorage.removeItem(key);
        else if (record) keep(key, { ...record, sent: words });
      }
      if (typedAt <= call.at) ["texte", "argument", "choix"].forEach((one) => unsent.delete(one));
    }
    if (rank === calls) waiting.splice(0).forEach((tell) => tell(written));
  }
  const answered = () =>
    new Promise((tell) => {
      waiting.push(tell);
      setTimeout(() => tell(false), ANSWER_MS);
    });

  // Leaving a box for something else than the buttons that end the form.
  document.addEventListener("focusout", (event) => {
    if (!event.target.matches?.(`${TEXT}, ${ARGUMENT}`)) return;
    const next = event.relatedTarget;
    if (next?.closest?.("#fiche-critere") || !next?.closest?.(FORM)) saveAlone();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") saveAlone();
  });

  /* --- Leaving a form: its words are saved first, or somebody says to lose them -------------- */

  function forget() {
    for (const key of form.bases.keys()) localStorage.removeItem(key);
    unsent.clear();
  }
  let passing = false;
  let asked = null;
  /** What « Enregistrer » could not write is still to be saved. */
  function refused() {
    if (!asked || !find("#fiche-edition-retour .alerte")) return;
    asked.forEach((one) => unsent.add(one));
    asked = null;
  }
  async function leave(href, id) {
    const alone = !unsent.has("commentaire") && !conflict();
    const written = alone && saveAlone() && (await answered()) && unsent.size === 0;
    if (!written && !window.confirm(`Ce que vous avez écrit dans ce champ n’est pas enregistré. Le perdre${NBSP}?`)) return;
    if (!written) forget();
    // The fiche may have been drawn again meanwhile: the same link is another node.
    const links = [...document.querySelectorAll("a[href^='#fiche:']")];
    const again = id ? document.getElementById(id) : links.find((one) => one.getAttribute("href") === href);
    passing = true;
    (again?.matches("button, a") ? again : again?.querySelector("button"))?.click();
    passing = false;
  }
  document.addEventListener(
    "click",
    (event) => {
      const one = event.target;
      if (one.closest?.("#fiche-enregistrer, #conflit-mienne")) {
        asked = new Set(["texte", "argument", "choix"].filter((name) => unsent.delete(name)));
        for (const [key, words] of boxes().map((box) => [keyOf(box), box.value])) {
          const record = recall(key);
          if (record) keep(key, { ...record, words });
        }
        clearTimeout(timer);
      } else if (one.closest?.("#conflit-autre")) {
        forget();
      } else if (one.closest?.("#fiche-commenter")) {
        unsent.delete("commentaire");
      } else if (one.closest?.("#fiche-importer") && !passing) {
        event.stopImmediatePropagation();
        event.preventDefault();
        picker.click();
      } else {
        const link = one.closest?.("a[href^='#fiche:'], #fiche-fermer, #rediger");
        const stays = link?.getAttribute("href")?.match(/^#fiche:(axe|supprimer):/);
        if (!link || stays || passing || !(unsent.size || conflict())) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        leave(link.getAttribute("href"), link.id);
      }
    },
    true,
  );
  window.addEventListener("beforeunload", (event) => {
    if (unsent.size || conflict()) event.preventDefault();
  });

  /* --- Words found again -------------------------------------------------------------------- */

  /** What the box becomes when kept words come back: they take the place of those they came from,
      and are put under words that somebody wrote since. */
  function merged(present, record) {
    const now = plain(present);
    if ([record.base, record.sent].some((one) => one !== null && plain(one) === now)) return record.words;
    const known = now.split("\n\n");
    return [...known, ...plain(record.words).split("\n\n").filter((one) => !known.includes(one))].join("\n\n");
  }
  function offer(box) {
    const key = keyOf(box);
    const record = recall(key);
    form.bases.set(key, box.value);
    if (!record) return;
    if (plain(record.words) === plain(box.value)) {
      localStorage.removeItem(key);
      return;
    }
    const at = new Date(record.at);
    const day = at.toLocaleDateString("fr-FR", { day: "numeric", month: "long" });
    const hour = `${at.getHours()}${NBSP}h${NBSP}${String(at.getMinutes()).padStart(2, "0")}`;
    const short = record.words.trim().slice(0, 160) + (record.words.trim().length > 160 ? "…" : "");
    const where = box.closest("#fiche-argument") ? "l’argument de cette note" : "ce champ";
    const result = merged(box.value, record);
    const both = result !== record.words ? " Le champ a changé depuis : vos mots seront mis à la suite." : "";
    const button = (label, action) =>
      element("button", { type: "button", on: { click: () => { offered.remove(); action(); } } }, label);
    const offered = element(
      "div",
      { class: "reprise", role: "status" },
      element("p", {}, `Dans ${where}, vous aviez écrit le ${day} à ${hour}, sans que ce soit enregistré${NBSP}:`),
      element("blockquote", {}, short || "(rien)"),
      ...(both ? [element("p", {}, both.trim().replace(" :", `${NBSP}:`))] : []),
      button("Reprendre ces mots", () => {
        write(box, result);
        box.focus();
        note(box);
      }),
      button("Les oublier", () => {
        localStorage.removeItem(key);
        box.focus();
      }),
    );
    find("#fiche-edition-titre").after(offered);
  }

  /** Another form is on the screen, or the same one after it was saved. */
  function opened() {
    document.querySelectorAll(".reprise").forEach((one) => one.remove());
    form.bases.clear();
    unsent.clear();
    asked = null;
    if (form.mark) boxes().forEach(offer);
  }
  document.addEventListener("change", (event) => {
    // The argument of another criterion comes with the answer of the server.
    if (event.target.closest?.("#fiche-critere")) criterionLeft();
  });
  function criterionLeft(tries = 20) {
    const box = find(ARGUMENT);
    if (!box || !form.mark) return;
    const key = keyOf(box);
    if (!form.bases.has(key)) {
      document.querySelectorAll(".reprise").forEach((one) => one.remove());
      setTimeout(() => form.mark && !form.bases.has(key) && key === keyOf(box) && offer(box), 1_000);
    } else if (tries) setTimeout(() => criterionLeft(tries - 1), 100);
  }
  new MutationObserver(() => {
    const mark = find("#fiche-edition-titre h2")?.id ?? "";
    if (mark !== form.mark) {
      form.mark = mark;
      // The boxes take their words just after the title.
      setTimeout(opened, 80);
    }
    hear();
    refused();
  }).observe(document, { childList: true, subtree: true });

  /* --- A fiche that was exported comes back ------------------------------------------------- */

  const picker = element("input", { type: "file", accept: ".json,application/json", hidden: "" });
  const LARGEST = 1_000_000;
  let files = 0;
  picker.addEventListener("change", async () => {
    const [file] = picker.files;
    const box = field("#fiche-import-contenu");
    if (!file || !box) return;
    const content = await file.text();
    picker.value = "";
    // What the server takes in one request.
    if (JSON.stringify(content).length > LARGEST) {
      window.alert(`Ce fichier est trop lourd pour une fiche${NBSP}: choisissez une fiche exportée au format JSON.`);
      return;
    }
    files += 1;
    const former = find("#fiche .titre-fiche");
    write(box, `${files}\n${content}`);
    reachAnew("#fiche .titre-fiche", former);
  });

  /* --- The name given in the fiches --------------------------------------------------------- */

  /** It is kept by this browser, and put back before anything can be typed: an answer of the
      server would come later, over what a reader has begun to write. */
  const AUTHOR = "#fiche-auteur :is(textarea, input)";
  document.addEventListener("input", (event) => {
    if (event.target.matches?.(AUTHOR)) localStorage.setItem("auteur", event.target.value.trim());
  });
  const named = new MutationObserver(() => {
    const box = find(AUTHOR);
    if (!box) return;
    named.disconnect();
    const kept = localStorage.getItem("auteur");
    if (!kept || box.value) return;
    write(box, kept);
  });
  named.observe(document, { childList: true, subtree: true });
})();
