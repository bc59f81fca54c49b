"use strict";
// Keys, and pages that follow a run. Every page reads and works without this file.
(() => {
  const one = (selector, from) => (from || document).querySelector(selector);
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const typing = () => {
    const at = document.activeElement;
    return at && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));
  };
  const go = (name) => {
    const link = one(`a[data-key="${name}"]`);
    if (link) link.click();
    return Boolean(link);
  };
  let here = -1;
  const step = (by) => {
    if (go(by > 0 ? "next" : "previous")) return;
    const rows = all("[data-row]");
    if (!rows.length) return;
    const focused = rows.findIndex((row) => row.contains(document.activeElement));
    here = Math.max(0, Math.min(rows.length - 1, (focused >= 0 ? focused : here) + by));
    rows.forEach((row, place) => row.classList.toggle("here", place === here));
    const link = one("a, summary, button", rows[here]);
    if (link) link.focus();
    rows[here].scrollIntoView({ block: "nearest" });
  };
  let before = "";
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && typing()) { document.activeElement.blur(); return; }
    if (typing() || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key;
    if (before === "g") { before = ""; if (go("g" + key)) event.preventDefault(); return; }
    if (key === "g") { before = "g"; setTimeout(() => { before = ""; }, 1200); return; }
    if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if (key === "u") go("up");
    else if (key === "?") go("help");
    else if (key === "d") { const form = one("#decide"); if (form) { form.scrollIntoView(); const first = one("input[type=radio]", form); if (first) first.focus(); } }
    else if (key === "/") { const search = one("input[type=search]"); if (search) search.focus(); else go("search"); }
    else return;
    event.preventDefault();
  });

  // A run that goes on: an open page follows it while it is seen. A hidden tab holds no stream.
  const address = document.body.dataset.events;
  if (!address || !window.EventSource) return;
  let stream = null;
  let waiting = 0;
  const refresh = () => {
    waiting = 0;
    const place = one("[data-live]");
    const busy = typing() || (window.getSelection() && !window.getSelection().isCollapsed);
    if (!place || !place.id || busy || !window.htmx) {
      const bar = one("#moved");
      if (bar) bar.hidden = false;
      return;
    }
    window.htmx.ajax("GET", window.location.href, { target: "#" + place.id, select: "#" + place.id, swap: "outerHTML" });
  };
  const open = () => {
    if (stream || document.hidden) return;
    stream = new EventSource(address);
    stream.addEventListener("changed", () => { if (!waiting) waiting = setTimeout(refresh, 400); });
    stream.addEventListener("finished", () => { close(); window.location.reload(); });
  };
  const close = () => { if (stream) { stream.close(); stream = null; } };
  document.addEventListener("visibilitychange", () => { if (document.hidden) { close(); } else { open(); refresh(); } });
  window.addEventListener("pagehide", close);
  open();
})();
