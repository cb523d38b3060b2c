/* Glue between the screens and the API: opens a cited page beside its answer.

   A citation is an ordinary link to the image of its page. This script only shows that page in
   the panel instead of a new tab. It writes text as text, never as HTML. */

"use strict";

(() => {
  // Gradio chooses the language of its own labels from the browser's: these screens are French.
  for (const [name, value] of [["language", "fr-FR"], ["languages", ["fr-FR", "fr"]]]) {
    Object.defineProperty(Navigator.prototype, name, { get: () => value, configurable: true });
  }

  const NBSP = "\u00a0";
  const ZOOMS = [100, 140, 200, 280];
  const PAGE = /^\/v1\/documents\/([^/]+)\/pages\/(\d+)\/image$/;

  /** What an address of a page image says, or null for any other address. */
  function readLink(href) {
    const url = new URL(href, location.href);
    const match = url.origin === location.origin && PAGE.exec(url.pathname);
    if (!match) return null;
    const starts = url.searchParams.getAll("debut").map(Number);
    const ends = url.searchParams.getAll("fin").map(Number);
    const top = /^#y=(\d+)$/.exec(url.hash);
    return {
      document: match[1],
      page: Number(match[2]),
      spans: starts.map((start, index) => [start, ends[index]]),
      top: top ? Number(top[1]) : null,
    };
  }

  function element(tag, options = {}, ...children) {
    const node = document.createElement(tag);
    const { on = {}, ...attributes } = options;
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    for (const [name, listener] of Object.entries(on)) node.addEventListener(name, listener);
    node.append(...children);
    return node;
  }

  class Viewer {
    constructor() {
      this.cited = null;
      this.current = null;
      this.opener = null;
      this.panel = null;
      this.zoom = 0;
      this.request = 0;
      const button = (label, action, name) =>
        element("button", { type: "button", "aria-label": name, on: { click: action } }, label);
      const label = (text) => element("span", { class: "etiquette" }, text);

      this.title = element("h2", { tabindex: "-1" });
      this.position = element("span", { class: "position", role: "status" });
      this.previous = element(
        "button",
        { type: "button", "aria-label": "Page précédente", on: { click: () => this.turn(-1) } },
        "‹ ", label("Page précédente"),
      );
      this.next = element(
        "button",
        { type: "button", "aria-label": "Page suivante", on: { click: () => this.turn(1) } },
        label("Page suivante"), " ›",
      );
      this.smaller = button("−", () => this.setZoom(this.zoom - 1), "Réduire la page");
      this.larger = button("+", () => this.setZoom(this.zoom + 1), "Agrandir la page");
      this.file = element("a", { class: "ouvrir" });
      this.image = element("img", { alt: "" });
      this.sheet = element("div", { class: "feuille", tabindex: "0", role: "region" }, this.image);
      this.notice = element("p", { class: "avis", role: "status" });
      this.text = element("div", { class: "texte-page", tabindex: "0", role: "region", "aria-label": "Texte de la page" });
      this.transcript = element("details", {}, element("summary", {}, "Texte de la page"), this.text);
      this.root = element(
        "section",
        { id: "visionneuse", "aria-label": "Page du document", hidden: "" },
        element(
          "header", {},
          element(
            "button",
            { type: "button", class: "retour", on: { click: () => this.close() } },
            "← Fermer la page",
          ),
          this.title,
          element("div", { class: "barre" }, this.previous, this.position, this.next),
          element("div", { class: "barre" }, this.smaller, this.larger, this.file),
        ),
        this.notice,
        this.sheet,
        this.transcript,
      );
      this.image.addEventListener("load", () => this.showCitation());
      this.image.addEventListener("error", () => {
        this.notice.textContent = "La page n’a pas pu être affichée. Ouvrez le PDF.";
      });
    }

    open(link, target) {
      const panel = link.closest("[role=tabpanel]")?.querySelector("#panneau, .panneau");
      if (!panel) return false;
      if (this.panel !== panel) this.panel?.classList.remove("page-ouverte");
      this.panel = panel;
      if (this.root.parentNode !== panel) panel.append(this.root);
      if (!this.root.contains(link)) this.opener = link;
      document.querySelectorAll(".renvoi.ouvert").forEach((node) => node.classList.remove("ouvert"));
      if (link.classList.contains("renvoi")) link.classList.add("ouvert");
      panel.classList.add("page-ouverte");
      this.root.hidden = false;
      this.cited = target;
      this.setZoom(0);
      this.show(target);
      this.title.focus({ preventScroll: true });
      if (matchMedia("(max-width: 900px)").matches) document.documentElement.style.overflow = "hidden";
      else this.root.scrollIntoView({ block: "nearest" });
      return true;
    }

    close() {
      this.panel?.classList.remove("page-ouverte");
      document.querySelectorAll(".renvoi.ouvert").forEach((node) => node.classList.remove("ouvert"));
      document.documentElement.style.overflow = "";
      this.root.hidden = true;
      this.request += 1;
      // An answer being written is drawn again and again: the same link is another node.
      const href = this.opener?.getAttribute("href");
      const same = [...document.querySelectorAll(":is(#reponse, #fiche) a.renvoi")].find((one) => one.getAttribute("href") === href);
      (this.opener?.isConnected ? this.opener : same)?.focus();
    }

    turn(step) {
      const page = this.current.page + step;
      const back = this.cited.document === this.current.document && this.cited.page === page;
      this.show(back ? this.cited : { document: this.current.document, page, spans: [], top: null });
    }

    async show(target) {
      const request = (this.request += 1);
      this.current = target;
      const base = `/v1/documents/${target.document}`;
      const query = new URLSearchParams();
      for (const [start, end] of target.spans) {
        query.append("debut", start);
        query.append("fin", end);
      }
      this.notice.textContent = "Chargement de la page…";
      this.height = null;
      this.previous.disabled = this.next.disabled = true;
      try {
        const [page, file] = await Promise.all(
          [`${base}/pages/${target.page}`, base].map(async (address) => {
            const response = await fetch(address);
            const body = await response.json();
            if (!response.ok) throw new Error(`${body.detail} ${body.remedy}`);
            return body;
          }),
        );
        if (request !== this.request) return;
        // Only a PDF can be drawn: of any other file, the text is what there is to see.
        if (page.image) this.image.src = `${base}/pages/${target.page}/image?${query}`;
        this.showFile(page, base);
        this.describe(target, page, file);
      } catch (error) {
        if (request === this.request) this.notice.textContent = error.message;
      }
    }

    /** A PDF opens at its page in a new tab; any other file is downloaded. */
    showFile(page, base) {
      const drawn = page.image;
      this.sheet.hidden = this.smaller.hidden = this.larger.hidden = !drawn;
      this.root.classList.toggle("sans-image", !drawn);
      this.file.href = drawn ? `${base}/fichier#page=${page.number}` : `${base}/fichier`;
      if (drawn) {
        this.file.target = "_blank";
        this.file.rel = "noopener";
        this.file.removeAttribute("download");
        this.file.replaceChildren(
          "Ouvrir le PDF à cette page",
          element("span", { class: "hors-ecran" }, " (nouvel onglet)"),
        );
      } else {
        this.image.removeAttribute("src");
        this.transcript.open = true;
        this.file.removeAttribute("target");
        this.file.setAttribute("download", "");
        this.file.replaceChildren("Télécharger le fichier d’origine");
      }
    }

    /** « Page 3 sur 12 (imprimée « iv ») », « Diapositive 4 sur 20 », « Section § 2 sur 8 ». */
    place(page) {
      if (page.unit === "section") return `Section${NBSP}${page.label} sur${NBSP}${page.pages}`;
      const [name, numbered] = page.unit === "slide" ? ["Diapositive", "numérotée"] : ["Page", "imprimée"];
      const printed = page.label && page.label !== String(page.number) ? ` (${numbered} «${NBSP}${page.label}${NBSP}»)` : "";
      return `${name}${NBSP}${page.number} sur${NBSP}${page.pages}${printed}`;
    }

    describe(target, page, file) {
      this.title.textContent = file.title;
      this.position.textContent = this.place(page);
      this.previous.disabled = page.number <= 1;
      this.next.disabled = page.number >= page.pages;
      // Offsets count Unicode characters; JavaScript strings count UTF-16 units.
      const characters = Array.from(page.text);
      const quotes = target.spans.map(([start, end]) => characters.slice(start, end).join(""));
      const cited = quotes.length ? `, passage surligné${NBSP}: ${quotes.join(" […] ")}` : "";
      this.image.alt = `Page ${page.number} de «${NBSP}${file.title}${NBSP}»${cited}`;
      this.sheet.setAttribute("aria-label", `Image de la page ${page.number}`);
      this.notice.textContent = this.remark(page, target);
      this.height = page.height;
      this.showCitation();
      this.showText(characters, target.spans);
    }

    remark(page, target) {
      const remarks = [...page.warnings];
      if (page.status === "ocr") remarks.unshift("Texte reconnu automatiquement sur une image : comparez avec la page.");
      if (page.status === "unreadable") remarks.unshift("Cette page n’a pas pu être lue.");
      if (!target.spans.length && this.cited.spans.length && target.page !== this.cited.page) {
        const names = { slide: "diapositive", section: "section" };
        remarks.unshift(`Le passage cité est à la ${names[page.unit] ?? "page"}${NBSP}${this.cited.page}.`);
      }
      return remarks.join(" ");
    }

    showText(characters, spans) {
      this.text.replaceChildren();
      let cursor = 0;
      for (const [start, end] of spans) {
        if (start < cursor) continue;
        this.text.append(characters.slice(cursor, start).join(""));
        this.text.append(element("mark", {}, characters.slice(start, end).join("")));
        cursor = end;
      }
      this.text.append(characters.slice(cursor).join("") || "Aucun texte n’a été lu sur cette page.");
      const mark = this.text.querySelector("mark");
      if (mark) this.text.scrollTop = mark.offsetTop - this.text.offsetTop - 40;
    }

    /** Bring the first citation into view, once both the image and the page size are known. */
    showCitation() {
      if (!this.image.complete || !this.height) return;
      const ratio = this.current.top === null ? 0 : this.current.top / this.height;
      this.sheet.scrollTop = Math.max(0, ratio * this.image.clientHeight - this.sheet.clientHeight / 3);
    }

    setZoom(step) {
      this.zoom = Math.max(0, Math.min(ZOOMS.length - 1, step));
      this.image.style.setProperty("--zoom", `${ZOOMS[this.zoom]}%`);
      this.smaller.disabled = this.zoom === 0;
      this.larger.disabled = this.zoom === ZOOMS.length - 1;
      if (this.current) this.showCitation();
    }
  }

  let viewer = null;
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = readLink(link.href);
    if (!target) return;
    viewer ??= new Viewer();
    if (viewer.open(link, target)) event.preventDefault();
  });
  /** The page that was read has no place beside what comes. */
  function leavePage() {
    if (!viewer || viewer.root.hidden) return;
    viewer.opener = null;
    viewer.close();
  }

  /** What a reader does with keys or pointer: whoever has gone on is not brought back. */
  let gestures = 0;
  for (const name of ["keydown", "pointerdown"]) {
    addEventListener(name, (event) => (gestures += event.isTrusted ? 1 : 0), { capture: true, passive: true });
  }
  const goneOn = (since = gestures) => () => gestures !== since;

  /** Focus a heading once the tab or the panel that holds it is drawn, and it says what is meant. */
  function reach(selector, said, block, left = goneOn(), tries = 100) {
    if (left()) return;
    const title = document.querySelector(selector);
    if (title?.textContent.includes(said)) title.focus({ preventScroll: true });
    if (title && document.activeElement === title) title.scrollIntoView({ block });
    else if (tries) setTimeout(() => reach(selector, said, block, left, tries - 1), 60);
  }

  /** Do something once a node is seen that has taken the place of another. */
  function anew(selector, former, then, tries = 80) {
    const node = document.querySelector(selector);
    if (node?.offsetParent && node !== former) then(node);
    else if (tries) setTimeout(() => anew(selector, former, then, tries - 1), 60);
  }

  /* What is asked before something is done must be seen, and answered « no » by whoever types on. */
  const ASKED = [
    ["#conversation-supprimer", "#conversation-non"],
    ["a[href^='#fiche:supprimer:']", "#fiche-non"],
    ["#corpus-retirer", "#corpus-retirer-non"],
    ["#corpus-refaire", "#corpus-refaire-non"],
    ["#evaluation-supprimer", "#evaluation-supprimer-non"],
  ];
  let asking = null;
  document.addEventListener("click", (event) => {
    for (const [asks, no] of ASKED) {
      const opener = event.target.closest?.(asks);
      if (opener) {
        asking = opener;
        anew(no, null, (button) => {
          button.focus({ preventScroll: true });
          button.closest(".a-confirmer").scrollIntoView({ block: "nearest" });
        });
      } else if (event.target.closest?.(no)) {
        (asking?.isConnected ? asking : document.querySelector(asks))?.focus();
      }
    }
  });

  /* What a button did is said near it, sometimes just out of sight: it is brought there. */
  let waited = () => true;
  let pressedAt = 0;
  const replies = new Map();
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button:not([role='tab'])");
    if (!button) return;
    waited = goneOn();
    pressedAt = button.getBoundingClientRect().bottom + scrollY;
  }, true);
  new MutationObserver(() => {
    for (const place of document.querySelectorAll("[id$='-retour']")) {
      const words = place.textContent.trim();
      if (words === (replies.get(place.id) ?? "")) continue;
      replies.set(place.id, words);
      const away = Math.abs(place.getBoundingClientRect().top + scrollY - pressedAt);
      if (words && !waited() && away < innerHeight) place.scrollIntoView({ block: "nearest" });
    }
  }).observe(document, { childList: true, subtree: true });

  /* A session that has ended says so, and leaves what was typed where it is. */
  let ended = null;
  const ask = window.fetch;
  window.fetch = async (...asked) => {
    const response = await ask(...asked);
    if (response.status === 401 && !ended) {
      ended = element(
        "div",
        { id: "session-finie", role: "alert" },
        element("b", {}, "Votre session est terminée."),
        " ",
        element("a", { href: "/", target: "_blank", rel: "noopener" }, "Reconnectez-vous dans un nouvel onglet"),
        `, puis revenez ici et recommencez${NBSP}: ce que vous avez écrit y est encore.`,
      );
      document.body.append(ended);
    } else if (ended && response.ok && asked[1]?.method === "POST") {
      ended.remove();
      ended = null;
    }
    return response;
  };

  /** What the other scripts of these screens use of this one. */
  window.ecrans = { NBSP, anew, element, goneOn, leavePage, reach };

  /** The answer on the screen as plain text, its numbers explained below it. */
  function citedText(answer) {
    const places = new Map();
    const lines = [];
    const question = answer.querySelector(".question-posee")?.textContent ?? "";
    for (const node of answer.querySelectorAll(".texte-reponse p, .texte-reponse li")) {
      const copy = node.cloneNode(true);
      for (const mark of copy.querySelectorAll("a.renvoi")) {
        const number = mark.querySelector(".numero").textContent;
        const place = mark.lastElementChild.textContent.replace(/^[\s:]+/, "");
        places.set(number, place);
        mark.replaceWith(`[${number}]`);
      }
      lines.push((node.tagName === "LI" ? "- " : "") + copy.textContent.trim());
    }
    const absent = answer.querySelector(".absence, .erreur");
    const absence = absent ? [absent.innerText.trim()] : [];
    const sources = [...places].map(([number, place]) => `[${number}] ${place}`);
    return [question, "", ...lines, ...absence, ...(sources.length ? ["", `Sources${NBSP}:`] : []), ...sources].join("\n");
  }

  /** « Copier avec citations », and what it did, said beside it. */
  async function copyAnswer(button) {
    const answer = document.getElementById("reponse");
    let said = document.getElementById("copie-faite");
    if (!said) {
      said = element("span", { id: "copie-faite", role: "status" });
      button.parentNode.append(said);
    }
    try {
      await navigator.clipboard.writeText(citedText(answer));
      said.textContent = "Réponse copiée.";
    } catch {
      said.textContent = "La copie a été refusée par le navigateur.";
    }
    setTimeout(() => (said.textContent = ""), 4000);
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#copier");
    if (button) copyAnswer(button);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && viewer && !viewer.root.hidden) viewer.close();
  });

  /** What a reader has opened and focused in the answer, given back each time it is drawn again. */
  class Place {
    constructor(node) {
      this.node = node;
      this.question = "";
      this.top = null;
      addEventListener("scroll", () => (this.top = this.read()), { passive: true });
      this.toggled = new Map();
      this.focused = null;
      // « toggle » does not bubble; it comes after the drawing that may have undone it.
      node.addEventListener("click", (event) => {
        const summary = event.target.closest?.("summary");
        if (summary) this.toggled.set(summary.parentNode.className, !summary.parentNode.open);
      });
      node.addEventListener("focusin", (event) => (this.focused = this.name(event.target)));
      node.addEventListener("focusout", () => {
        // A node that is removed loses the focus without a word; one that the reader leaves, not.
        setTimeout(() => {
          if (document.activeElement !== document.body) this.focused = this.node.contains(document.activeElement) ? this.focused : null;
        });
      });
    }

    name(target) {
      const summary = target.closest("summary");
      if (summary) return (node) => node.querySelector(`details.${summary.parentNode.classList[0]} > summary`);
      const link = target.closest("a[href]");
      if (!link) return null;
      const href = link.getAttribute("href");
      const same = (node) => [...node.querySelectorAll("a[href]")].filter((one) => one.getAttribute("href") === href);
      const rank = same(this.node).indexOf(link);
      return (node) => same(node)[rank] ?? same(node)[0];
    }

    /** Where the extracts stand that are read while a model writes above them. */
    read() {
      return this.node.querySelector(".en-attendant")?.getBoundingClientRect().top ?? null;
    }

    restore() {
      this.give();
      const top = this.read();
      // Only for whoever has scrolled to them: otherwise what is written is what is looked at.
      if (top !== null && this.top !== null && this.top < innerHeight / 3) scrollBy(0, top - this.top);
      this.top = this.read();
    }

    give() {
      const question = this.node.querySelector(".question-posee")?.textContent ?? "";
      if (question !== this.question) {
        this.question = question;
        this.toggled.clear();
        this.focused = null;
        return;
      }
      for (const [name, open] of this.toggled) {
        for (const details of this.node.querySelectorAll("details")) {
          if (details.className === name) details.open = open;
        }
      }
      if (this.focused && document.activeElement === document.body) this.focused(this.node)?.focus({ preventScroll: true });
    }
  }

  /** Says what is new in the answer, and that only: the whole is drawn again at each step. */
  class Herald {
    constructor() {
      this.region = element("div", { id: "annonces", class: "hors-ecran", role: "status", "aria-live": "polite" });
      document.body.append(this.region);
      this.asked = false;
      this.said = new Set();
    }

    hear(answer) {
      const waiting = answer.querySelector(".attente");
      if (waiting) {
        if (!this.asked) this.said.clear();
        this.asked = true;
        this.say([waiting]);
        return;
      }
      // A conversation opened again is read by whoever wants to, not aloud.
      if (!this.asked) return;
      const more = answer.querySelector(".en-cours");
      this.asked = more !== null;
      const shown = [...answer.querySelectorAll(".interrompue, .texte-reponse > p, .texte-reponse > ul > li, .absence, .erreur, .en-cours, .mode")];
      this.say(more ? shown.filter((one) => !one.matches(".mode")) : shown);
    }

    /** A sentence without its numbers, which only mean something to whoever can follow them. */
    plain(node) {
      const copy = node.cloneNode(true);
      copy.querySelectorAll("a.renvoi").forEach((link) => link.remove());
      return copy.textContent.trim();
    }

    say(nodes) {
      const fresh = nodes.map((node) => this.plain(node)).filter((text) => text && !this.said.has(text));
      fresh.forEach((text) => this.said.add(text));
      if (fresh.length) this.region.textContent = fresh.join(" ");
    }
  }

  /** A new question closes the page of the former one. */
  function watchAnswer(node) {
    node.setAttribute("role", "region");
    node.setAttribute("aria-label", "Réponse");
    const place = new Place(node);
    const herald = new Herald();
    let waiting = false;
    let left = () => true;
    new MutationObserver(() => {
      if (!waiting && node.querySelector(".attente")) left = goneOn();
      waiting = node.querySelector(".attente") !== null;
      if (waiting) leavePage();
      // Below open filters, an answer would come where nobody looks; the page may first be too short.
      const title = !left() && node.querySelector(".question-posee");
      if (title && title.getBoundingClientRect().top > innerHeight * 0.65) title.scrollIntoView({ block: "start" });
      place.restore();
      herald.hear(node);
    }).observe(node, { childList: true, subtree: true });
  }

  // « Arrêter » goes away once it has served: what comes next is another question.
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#arreter")) document.querySelector("#question textarea")?.focus();
  });

  // « #onglet:corpus » opens a tab; the skip link goes to what the open tab shows.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const wanted = /^#onglet:([\w-]+)$/.exec(link?.getAttribute("href") ?? "");
    if (wanted) {
      event.preventDefault();
      const tab = document.querySelector(`#onglets button[role="tab"][data-tab-id="${wanted[1]}"]`);
      tab?.click();
      tab?.focus();
    } else if (link?.matches(".evitement")) {
      event.preventDefault();
      const shown = [...document.querySelectorAll("#onglets > [role=tabpanel]")].find((one) => one.offsetParent);
      if (!shown) return;
      shown.setAttribute("tabindex", "-1");
      shown.focus();
    }
  });

  // A printed answer hides nothing.
  addEventListener("beforeprint", () => {
    document.querySelectorAll("#reponse details").forEach((details) => (details.open = true));
  });

  /** Follow the loading of the model until the service is ready. */
  async function watchState() {
    const light = document.querySelector("#etat .temoin");
    if (light?.classList.contains("attente")) {
      try {
        const health = await (await fetch("/v1/sante")).json();
        if (health.pret) {
          light.textContent = health.etat;
          light.classList.replace("attente", "pret");
          return;
        }
      } catch {
        // The server is stopping or busy: asked again below.
      }
    } else if (light) return;
    setTimeout(watchState, 1500);
  }

  const appeared = new MutationObserver(() => {
    const answer = document.getElementById("reponse");
    const sources = document.getElementById("sources");
    if (!answer || !sources) return;
    appeared.disconnect();
    document.documentElement.lang = "fr";
    document.getElementById("ouverture")?.remove();
    sources.setAttribute("role", "region");
    sources.setAttribute("aria-label", "Sources");
    watchAnswer(answer);
    watchState();
  });
  appeared.observe(document, { childList: true, subtree: true });
})();
