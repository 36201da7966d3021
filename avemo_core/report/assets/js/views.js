/* Which view is on screen, by the address: #overview, #clips, or #clip/ID, so that going back works and a clip can be pointed to. */
"use strict";

(function () {
  const views = ["overview", "clips"];

  document.addEventListener("avemo-index", () => {
    avemo.startFilters(avemo.filterTable);
    linkConfusion();
    addEventListener("hashchange", follow);
    document.addEventListener("keydown", keys);
    follow();
    document.documentElement.dataset.ready = "yes";
  });

  function follow() {
    const hash = location.hash.slice(1);
    const isClip = hash.startsWith("clip/");
    const view = isClip || hash === "clips" ? "clips" : "overview";
    for (const name of views) document.getElementById(name).hidden = name !== view;
    for (const link of document.querySelectorAll("nav a")) {
      if (link.dataset.view === view) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.body.classList.toggle("with-clip", isClip);
    if (view === "clips" && !document.getElementById("table").dataset.started) start();
    if (isClip) show(avemo.rowOf.get(decodeURIComponent(hash.slice(5))));
    else if (avemo.openRow() >= 0) {
      avemo.closeClip();
      avemo.markOpen(-1);
    }
    if (view === "overview" && hash && hash !== "overview") document.getElementById(hash)?.scrollIntoView();
  }

  function start() {
    document.getElementById("table").dataset.started = "yes";
    avemo.startTable(go);
  }

  /** Browsing from clip to clip replaces the address, so that one step back leaves the clip. */
  function go(row) {
    const address = `#clip/${encodeURIComponent(avemo.index.id[row])}`;
    if (location.hash.startsWith("#clip/")) {
      history.replaceState(null, "", address);
      follow();
    } else location.hash = address;
  }

  function show(row) {
    if (row === undefined) {
      avemo.closeClip();
      return;
    }
    const to = (places) => {
      const next = avemo.neighbour(row, places);
      return next < 0 ? null : () => go(next);
    };
    const open = () => {
      avemo.openClip(row, { previous: to(-1), next: to(1), close });
      avemo.markOpen(row);
    };
    if (document.getElementById("table").dataset.ready) open();
    else setTimeout(() => show(row), 16);
  }

  function close() {
    location.hash = "#clips";
    document.getElementById("table").focus({ preventScroll: true });
  }

  function keys(event) {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && !document.getElementById("clips").hidden) {
      event.preventDefault();
      document.getElementById("f-text").focus();
    } else if (event.key === "Escape" && avemo.openRow() >= 0) close();
    else if (event.key === "Escape" && typing) document.getElementById("table").focus();
  }

  /** Every cell of the confusion matrix opens the list of its clips. */
  function linkConfusion() {
    for (const cell of document.querySelectorAll("[id^='confusion-']:not([id$='-text'])")) {
      const [, label, predicted] = cell.id.split("-").map((name) => avemo.index.emotions.indexOf(name));
      const name = `Clips that are ${avemo.index.emotions[label]} and predicted ${avemo.index.emotions[predicted]}`;
      for (const [key, value] of Object.entries({ role: "link", tabindex: "0", "aria-label": name, class: "cell" })) cell.setAttribute(key, value);
      const list = () => {
        avemo.setFilters({ label, predicted, split: avemo.COUNTED });
        location.hash = "#clips";
        setTimeout(avemo.filterTable, 0);
      };
      cell.addEventListener("click", list);
      cell.addEventListener("keydown", (event) => event.key === "Enter" && list());
    }
  }
})();
