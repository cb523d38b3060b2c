/* The « Corpus » tab: files are sent one after the other, each with its own progress; links of the
   list are commands; what is under way is told aloud now and then, not at each step. */

"use strict";

(() => {
  const { NBSP, anew, element, leavePage, reach } = window.ecrans;
  const TOLD_EVERY_MS = 15_000;
  const FOLLOWED_EVERY_MS = 2_500;
  const find = (selector) => document.querySelector(selector);

  /** Write in a hidden box of Gradio: the server hears of it. */
  let written = 0;
  function tell(id, words) {
    const box = find(`${id} :is(textarea, input)`);
    if (!box) return;
    written += 1;
    box.value = `${words}#${written}`;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* --- Said aloud --------------------------------------------------------------------------- */

  const region = element("div", { class: "hors-ecran", role: "status", "aria-live": "polite" });
  let toldAt = 0;
  let waiting = 0;
  /** Say something now, or once what was said has had time to be heard. */
  function say(words, { now = false } = {}) {
    clearTimeout(waiting);
    const left = now ? 0 : toldAt + TOLD_EVERY_MS - Date.now();
    if (left > 0) {
      waiting = setTimeout(() => say(words, { now: true }), left);
      return;
    }
    toldAt = Date.now();
    region.textContent = words;
  }

  /* --- Files on their way ------------------------------------------------------------------- */

  function size(bytes) {
    if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))}${NBSP}ko`;
    return `${(bytes / 1e6).toFixed(1).replace(".", ",")}${NBSP}Mo`;
  }

  /** One file: its line, what is said of it, and what can be done. */
  class Sending {
    constructor(file, queue) {
      this.file = file;
      this.name = file.name;
      this.queue = queue;
      this.request = null;
      this.state = "attente";
      this.bar = element("progress", { max: "1", value: "0", "aria-label": `Envoi de ${file.name}` });
      this.said = element("span", { class: "etat-envoi" }, "En attente");
      this.buttons = element("span", { class: "boutons-envoi" });
      this.line = element(
        "li",
        {},
        element("span", { class: "nom-envoi" }, file.name, " ", element("span", { class: "discret" }, `(${size(file.size)})`)),
        this.bar,
        this.said,
        this.buttons,
      );
      this.offer(["Annuler", () => this.cancel()]);
    }

    offer(...actions) {
      const had = this.buttons.contains(document.activeElement);
      this.buttons.replaceChildren(
        ...actions.map(([label, action]) =>
          element(
            "button",
            { type: "button", on: { click: action } },
            label,
            element("span", { class: "hors-ecran" }, ` ${this.file.name}`),
          ),
        ),
      );
      if (had) (this.buttons.firstElementChild ?? this.queue.input).focus();
    }

    set(state, words, style = "") {
      this.state = state;
      this.said.textContent = words;
      this.said.className = `etat-envoi ${style}`;
      this.bar.hidden = !["attente", "envoi"].includes(state);
    }

    send(replace = false) {
      this.replace = replace;
      this.set("envoi", "Envoi…");
      this.bar.value = 0;
      this.offer(["Annuler", () => this.cancel()]);
      const request = new XMLHttpRequest();
      this.request = request;
      const query = new URLSearchParams({ nom: this.file.name, indexer: "false", ...(replace ? { remplacer: "true" } : {}) });
      request.open("POST", `/v1/documents?${query}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        this.bar.value = event.loaded / event.total;
        const share = Math.floor((100 * event.loaded) / event.total);
        this.said.textContent = share < 100 ? `Envoi${NBSP}: ${share}${NBSP}%` : "Vérification du fichier…";
      });
      request.addEventListener("load", () => this.answered(request));
      request.addEventListener("error", () => this.failed("Le serveur n’a pas répondu.", `Vérifiez qu’il est ouvert, puis réessayez.`));
      request.addEventListener("abort", () => this.over());
      request.send(this.file);
    }

    answered(request) {
      const body = request.response ?? {};
      if (request.status < 300) {
        const known = body.known ?? body.connu;
        // The server may keep it under another name, or hold the same content under one already.
        this.name = body.name ?? this.name;
        this.set(known ? "fini" : "recu", known ? "Déjà dans le corpus, à l’identique" : "Reçu", "conforme");
        this.offer();
        this.over();
        return;
      }
      if (request.status === 401) {
        this.failed("Votre session est terminée.", "Reconnectez-vous dans un nouvel onglet, puis réessayez.");
        return;
      }
      this.failed(body.detail ?? "Le serveur a refusé ce fichier.", body.remedy ?? "", body);
    }

    failed(detail, remedy, body = {}) {
      this.set("refus", `${detail} ${remedy}`.trim(), "alerte");
      const remove = ["Retirer de la liste", () => this.remove()];
      if (body.code === "nom_deja_pris" && body.nom_existant === this.file.name) {
        this.offer(["Remplacer l’ancien", () => this.again(true)], remove);
      } else {
        this.offer(["Réessayer", () => this.again(this.replace)], remove);
      }
      say(`${this.file.name}${NBSP}: ${detail} ${remedy}`, { now: true });
      this.over();
    }

    again(replace) {
      this.set("attente", "En attente");
      this.replace = replace;
      this.queue.next();
    }

    cancel() {
      if (this.state === "attente") this.remove();
      else {
        this.set("annule", "Envoi annulé.");
        this.offer(["Réessayer", () => this.again(this.replace)], ["Retirer de la liste", () => this.remove()]);
        this.request?.abort();
      }
    }

    /** The last word of the server. */
    end(refused) {
      this.set("fini", refused ? `Refusé${NBSP}: voyez «${NBSP}Fichiers refusés${NBSP}»` : "Lu", refused ? "alerte" : "conforme");
    }

    remove() {
      this.queue.drop(this);
    }

    over() {
      this.request = null;
      this.queue.next();
    }
  }

  /** The place where files are dropped or chosen, and those that are on their way. */
  class Queue {
    constructor() {
      this.items = [];
      this.input = element("input", {
        type: "file", multiple: "", id: "depot-fichiers", class: "hors-ecran", "aria-describedby": "depot-aide",
      });
      this.input.addEventListener("change", () => {
        this.add([...this.input.files]);
        this.input.value = "";
      });
      this.list = element("ul", { class: "envois", "aria-label": "Fichiers envoyés" });
      this.clear = element("button", { type: "button", class: "effacer", hidden: "", on: { click: () => this.forget() } }, "Effacer cette liste");
      this.zone = element(
        "div",
        { class: "zone-depot" },
        element("p", {}, "Glissez vos fichiers ici, ou"),
        this.input,
        element("label", { for: "depot-fichiers", class: "bouton" }, "Choisir des fichiers…"),
      );
      this.root = element("div", { role: "group", "aria-labelledby": "depot-titre" }, this.zone, this.list, this.clear, region);
      this.known = new Set();
    }

    get busy() {
      return this.items.some((one) => ["attente", "envoi"].includes(one.state));
    }

    add(files) {
      const limit = Number(find("#depot-limite")?.textContent ?? 0);
      for (const file of files) {
        const one = new Sending(file, this);
        this.items.push(one);
        this.list.append(one.line);
        if (limit && file.size > limit * 1024 * 1024) {
          one.failed(`Ce fichier pèse ${size(file.size)}, la limite est de ${limit}${NBSP}Mo.`, "Découpez-le ou allégez-le.");
          one.offer(["Retirer de la liste", () => one.remove()]);
        }
      }
      if (files.length) say(files.length > 1 ? `Envoi de ${files.length} fichiers.` : `Envoi de ${files[0].name}.`, { now: true });
      this.next();
    }

    next() {
      this.clear.hidden = this.busy || !this.items.length;
      // One at a time: the lines end in their order, and none slows the others.
      if (this.items.some((one) => one.state === "envoi")) return;
      const waiting = this.items.find((one) => one.state === "attente");
      if (waiting) {
        waiting.send(waiting.replace);
        return;
      }
      const received = this.items.filter((one) => one.state === "recu" && !this.known.has(one));
      received.forEach((one) => this.known.add(one));
      if (received.length) {
        tell("#corpus-depose", "depot");
        this.follow();
      }
    }

    drop(item) {
      const rank = this.items.indexOf(item);
      this.items.splice(rank, 1);
      item.line.remove();
      const near = this.items[rank] ?? this.items[rank - 1];
      (near?.buttons.firstElementChild ?? this.input).focus();
      this.next();
    }

    /** What became of the files received, once the work on them is over. */
    settle(work) {
      for (const report of work.querySelectorAll(".rapports > li")) {
        const name = report.querySelector("b").textContent;
        for (const one of this.items) {
          if (one.state === "recu" && one.name === name) one.end(report.matches(".refuse"));
        }
      }
    }

    /** Follow what was received to its last word: a work may begin and end between two looks of this
        page, or read a file on its way to something else, and only the list of works tells of all. */
    async follow() {
      clearTimeout(this.later);
      if (!this.items.some((one) => one.state === "recu")) return;
      if (!find("#corpus-progres .etape")) await this.recall().catch(() => {});
      this.later = setTimeout(() => this.follow(), FOLLOWED_EVERY_MS);
    }

    async recall() {
      const [{ travaux }, { depots }] = await Promise.all(
        ["travaux", "depots"].map(async (part) => (await fetch(`/v1/corpus/${part}`)).json()),
      );
      if (travaux.some((one) => one.running)) return;
      const reports = travaux.flatMap((one) => one.reports);
      for (const one of this.items) {
        // What still waits is said below, with what to do.
        if (one.state !== "recu" || depots.some((left) => left.name === one.name)) continue;
        one.end(reports.find((report) => report.file === one.name)?.status === "refused");
      }
    }

    forget() {
      this.items = [];
      this.list.replaceChildren();
      this.clear.hidden = true;
      this.input.focus();
    }
  }

  const queue = new Queue();
  addEventListener("beforeunload", (event) => {
    if (queue.busy) event.preventDefault();
  });

  /* Dropped anywhere in the tab, a file is taken; beside it, the browser must not open it. */
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  const wanted = () => queue.root.isConnected && queue.root.offsetParent !== null;
  let depth = 0;
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      if (name === "dragenter") depth += 1;
      if (name === "dragleave") depth = Math.max(0, depth - 1);
      if (name === "drop") depth = 0;
      queue.zone.classList.toggle("survol", depth > 0);
      if (name === "dragover") event.dataTransfer.dropEffect = wanted() ? "copy" : "none";
      if (name === "drop" && wanted()) {
        event.stopPropagation();
        const entries = [...event.dataTransfer.items].map((one) => [one.webkitGetAsEntry?.(), one.getAsFile()]);
        const folders = entries.filter(([entry]) => entry?.isDirectory);
        queue.add(entries.filter(([entry, file]) => file && !entry?.isDirectory).map(([, file]) => file));
        if (folders.length) {
          const said = `«${NBSP}${folders[0][0].name}${NBSP}» est un dossier${NBSP}: ouvrez-le, puis choisissez ses fichiers.`;
          const line = element("li", {}, element("span", { class: "etat-envoi alerte" }, said));
          queue.list.append(line);
          setTimeout(() => line.remove(), 20_000);
          say(said, { now: true });
        }
      }
    }, true);
  }

  /* --- Commands of the list ----------------------------------------------------------------- */

  let opener = "";
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#corpus:']");
    if (link) {
      event.preventDefault();
      leavePage();
      const href = link.getAttribute("href");
      const former = find("#corpus-document h2");
      tell("#corpus-commande", href.slice("#corpus:".length));
      if (href.startsWith("#corpus:ouvrir:")) {
        if (link.closest("#corpus")) opener = href;
        anew("#corpus-document h2", former, () => reach("#corpus-document h2", "", "nearest"));
      } else {
        const back = [...document.querySelectorAll("#corpus a.commande")].find((one) => one.getAttribute("href") === opener);
        back?.scrollIntoView({ block: "center" });
        back?.focus({ preventScroll: true });
      }
      return;
    }
    const button = event.target.closest?.("button.copier");
    if (button) copy(button);
  });

  async function copy(button) {
    const text = button.parentNode.querySelector("code").textContent;
    const label = button.firstChild;
    try {
      await navigator.clipboard.writeText(text);
      label.textContent = "Copié";
      say(`Copié${NBSP}: ${text}`, { now: true });
    } catch {
      getSelection().selectAllChildren(button.parentNode.querySelector("code"));
      label.textContent = "Sélectionné";
    }
    setTimeout(() => (label.textContent = "Copier"), 3_000);
  }

  /* --- Work under way ----------------------------------------------------------------------- */

  let step = "";
  let ended = "";
  function hear() {
    const place = find("#depot");
    if (place && queue.root.parentNode !== place) place.append(queue.root);
    const work = find("#corpus-progres");
    const now = work?.querySelector(".etape label b")?.textContent ?? "";
    const over = work?.querySelector(".fini")?.textContent ?? "";
    if (now && now !== step) say(`${now}…`);
    else if (now) remind(work);
    // Only what ended while this page was looking.
    if (over && over !== ended && step) say(over, { now: true });
    if (now || (over && over !== ended)) queue.settle(work);
    if (now || over) ended = over;
    step = now;
  }
  let reminded = 0;
  function remind(work) {
    if (Date.now() - Math.max(reminded, toldAt) < 4 * TOLD_EVERY_MS) return;
    reminded = Date.now();
    say(work.querySelector(".etape label").textContent.replace(/\s*$/, "."));
  }
  new MutationObserver(hear).observe(document, { childList: true, subtree: true });
})();
