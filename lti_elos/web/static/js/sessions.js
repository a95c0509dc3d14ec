// The list of sessions keeps the running one true: how many are in changes in place; a session that begins or ends
// brings the list anew.

import { count, fresh } from "./fresh.js";
import { follow } from "./watch.js";

const place = document.getElementById("watch");
const said = document.getElementById("said");
let fetching = false;

const list = () => document.getElementById("list");

if (place) {
  follow(place, {
    pausesWhenHidden: true,
    answer(answer) {
      const shown = list().dataset;
      if (String(answer.running) !== shown.running || (answer.since ?? "") !== shown.since) refresh();
      else if (answer.running) count(list(), answer.participants);
    },
    ended: () => location.reload(), // our error page says it better
  });
}

async function refresh() {
  if (fetching) return;
  fetching = true;
  try {
    const found = await fresh("list");
    if (!found) return;
    const old = list();
    const active = old.contains(document.activeElement) ? document.activeElement : undefined;
    old.replaceWith(found.node);
    if (active) {
      const links = [...list().querySelectorAll("a, button")];
      const same = links.find((one) => one.href === active.href && one.textContent === active.textContent);
      (same ?? links[0])?.focus();
    }
    const news = list().dataset.running === "true" ? "opened" : "ended";
    if (old.dataset.running !== list().dataset.running) said.textContent = said.dataset[news];
  } catch {
    // The next answer differs still, and tries again.
  } finally {
    fetching = false;
  }
}
