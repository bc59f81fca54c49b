"use strict";
// Saves while somebody writes, waits for a server that is away, and a board to drag on. Every page works without this file.
(() => {
  const form = document.querySelector("form.asked");
  if (!form) return;
  const one = (selector) => document.querySelector(selector);
  const saved = one("#saved");
  const told = one("#told");
  let changed = false;
  let timer = 0;
  let waiting = Promise.resolve();
  let leaving = false;

  const fields = (more) => {
    form.elements.count.value = String(Number(form.elements.count.value) + 1);
    const data = new URLSearchParams(new FormData(form));
    Object.entries(more || {}).forEach(([name, value]) => data.set(name, value));
    return data;
  };
  const say = (text) => { told.textContent = text; told.hidden = !text; if (text) told.scrollIntoView({ block: "nearest" }); };
  const send = async (data) => {
    const answer = await fetch(form.dataset.draft, { method: "POST", body: data });
    if (!(answer.headers.get("content-type") || "").startsWith("application/json")) throw new Error("no answer");
    return [answer.status, await answer.json()];
  };
  const pause = (time) => new Promise((done) => setTimeout(done, time));

  // Saves go one after another, in the order in which they were made.
  const save = () => {
    clearTimeout(timer);
    if (!changed || leaving) return;
    changed = false;
    const data = fields();
    waiting = waiting.then(async () => {
      try {
        const [status, answer] = await send(data);
        if (answer.saved) { saved.textContent = "Saved."; say(""); } else { changed = true; saved.textContent = ""; say(answer.problem); if (status === 429) later(5000); }
      } catch {
        changed = true;
        saved.textContent = "Not saved yet: the server can’t be reached. It is tried again.";
        later(3000);
      }
    });
  };
  const later = (time) => { clearTimeout(timer); timer = setTimeout(save, time); };
  const touched = () => { changed = true; saved.textContent = ""; later(1000); };
  form.addEventListener("input", touched);
  form.addEventListener("change", touched);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (leaving) return;
    leaving = true;
    clearTimeout(timer);
    const more = { go: "1" };
    const button = event.submitter;
    if (button && button.name) more[button.name] = button.value;
    const data = fields(more);
    saved.textContent = "Saving…";
    await waiting;
    for (;;) {
      try {
        const [status, answer] = await send(data);
        if (answer.next) { changed = false; window.location.assign(answer.next); return; }
        saved.textContent = answer.saved ? "Saved." : "";
        say(answer.problem || "");
        if (status === 429) { await pause(5000); continue; }
        if (answer.saved) changed = false;
        break;
      } catch {
        saved.textContent = "The server can’t be reached. What you gave is on this page; it is sent as soon as that is possible.";
        await pause(2000);
      }
    }
    leaving = false;
  });
  window.addEventListener("pagehide", () => { if (changed && !leaving) navigator.sendBeacon(form.dataset.draft, fields()); });

  // Keys: a digit gives the response in focus its place, 0 or u calls it unacceptable.
  const cards = Array.from(document.querySelectorAll(".card"));
  const place = (card, radio) => { if (!radio) return; radio.checked = true; radio.dispatchEvent(new Event("change", { bubbles: true })); };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const card = event.target.closest && event.target.closest(".card");
    if (!card) return;
    const radios = Array.from(card.querySelectorAll("input[type=radio]"));
    let radio = null;
    if (/^[1-9]$/.test(event.key)) radio = radios[Number(event.key) - 1];
    else if (event.key === "0" || event.key === "u") radio = radios[radios.length - 1];
    if (!radio || (/^[1-9]$/.test(event.key) && Number(event.key) >= radios.length)) return;
    event.preventDefault();
    place(card, radio);
    radio.focus();
  });

  // The board shows where each response stands. A chip can be dragged, or tapped and then put down.
  if (!cards.length) return;
  const make = (name, words, inner) => { const made = document.createElement(name); if (words) made.className = words; if (inner) made.textContent = inner; return made; };
  const board = make("section", "board");
  const rows = make("div", "rows");
  const hint = make("p", "note", "Drag a letter to its place, or tap it and then the place.");
  board.append(make("h2", "", "Where they stand"), rows, hint);
  board.setAttribute("aria-label", "Where the responses stand");
  one(".cards").after(board);
  const titles = new Map([["", "No place yet"]]);
  cards[0].querySelectorAll("input[type=radio]").forEach((radio) => titles.set(radio.value, radio.parentElement.textContent.trim()));
  const places = new Map();
  titles.forEach((title, name) => {
    const zone = make("div", "place");
    zone.append(make("span", "", title));
    zone.dataset.tier = name;
    rows.append(zone);
    places.set(name, zone);
  });
  let held = null;
  const chips = cards.map((card) => {
    const chip = make("button", "chip", card.dataset.label);
    chip.type = "button";
    return chip;
  });
  const tierOf = (card) => { const radio = card.querySelector("input[type=radio]:checked"); return radio ? radio.value : ""; };
  const hold = (index) => {
    held = index;
    chips.forEach((chip, each) => chip.setAttribute("aria-pressed", String(each === held)));
    board.classList.toggle("holding", held !== null);
    hint.textContent = held === null ? "Drag a letter to its place, or tap it and then the place." : `Response ${cards[held].dataset.label}: tap a place.`;
  };
  const draw = () => {
    const focused = chips.indexOf(document.activeElement);
    cards.forEach((card, index) => {
      const tier = tierOf(card);
      places.get(tier).append(chips[index]);
      chips[index].setAttribute("aria-label", `Response ${card.dataset.label}: ${titles.get(tier)}`);
    });
    places.get("").hidden = cards.every((card) => tierOf(card) !== "");
    if (focused >= 0) chips[focused].focus();
  };
  const put = (index, zone) => {
    if (!zone || !zone.dataset.tier) return;
    place(cards[index], Array.from(cards[index].querySelectorAll("input[type=radio]")).find((radio) => radio.value === zone.dataset.tier));
  };
  chips.forEach((chip, index) => {
    let from = null;
    let dragged = false;
    const zoneAt = (event) => { const found = document.elementFromPoint(event.clientX, event.clientY); return found ? found.closest(".place") : null; };
    const mark = (zone) => places.forEach((each) => each.classList.toggle("over", each === zone));
    chip.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; dragged = false; chip.setPointerCapture(event.pointerId); });
    chip.addEventListener("pointermove", (event) => {
      if (!from) return;
      if (Math.hypot(event.clientX - from[0], event.clientY - from[1]) > 6) dragged = true;
      if (dragged) mark(zoneAt(event));
    });
    chip.addEventListener("pointerup", (event) => { if (dragged) { put(index, zoneAt(event)); hold(null); } mark(null); from = null; });
    chip.addEventListener("pointercancel", () => { from = null; dragged = false; mark(null); });
    chip.addEventListener("click", (event) => { event.stopPropagation(); if (dragged) { dragged = false; return; } hold(held === index ? null : index); });
    chip.addEventListener("keydown", (event) => {
      const order = Array.from(titles.keys()).slice(1);
      const at = order.indexOf(tierOf(cards[index]));
      const to = event.key === "ArrowLeft" || event.key === "ArrowUp" ? at - 1 : event.key === "ArrowRight" || event.key === "ArrowDown" ? at + 1 : null;
      if (to === null || to < 0 || to >= order.length) return;
      event.preventDefault();
      put(index, places.get(order[to]));
    });
  });
  rows.addEventListener("click", (event) => {
    const zone = event.target.closest(".place");
    if (held === null || !zone) return;
    put(held, zone);
    hold(null);
  });
  form.addEventListener("change", draw);
  hold(null);
  draw();
})();
