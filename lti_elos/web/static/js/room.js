// The room page keeps itself true: counts change in place; a change of state brings the panel anew from the server, so
// that its words are written in one place only.

import { offer } from "./embedding.js";
import { count, fresh } from "./fresh.js";
import { follow } from "./watch.js";

const place = document.getElementById("watch");
const said = document.getElementById("said");
let fetching = false;

const stage = () => document.getElementById("stage");

offer(stage());

follow(place, {
  pausesWhenHidden: true,
  answer(answer) {
    const shown = stage().dataset;
    const changed =
      String(answer.running) !== shown.running ||
      (answer.since ?? "") !== shown.since ||
      (answer.trouble ?? "") !== shown.trouble ||
      // Only who opens the room sees that it is opening: to the others it is closed.
      ("state" in shown && answer.state !== shown.state);
    if (changed) refresh();
    else if (answer.running) countPeople(answer.participants);
    else countWaiting(answer.waiting);
  },
  ended: () => location.reload(), // our error page says it better
});

function countPeople(people) {
  if (String(people) === stage().dataset.participants) return;
  stage().dataset.participants = people;
  count(stage(), people);
}

/** Who waits, for those who may know: the names come anew with the panel while they are looked at. */
function countWaiting(people) {
  const list = stage().querySelector("[data-waiting]");
  if (!list || String(people) === list.dataset.waiting) return;
  list.dataset.waiting = people;
  list.hidden = people === 0;
  const told = list.querySelector("[data-waiting-count]");
  told.textContent = people === 1 ? told.dataset.one : told.dataset.many.replace("{n}", people);
  if (list.open) refresh();
}

// The names in the page are those of when it was made: whoever opens the list gets those of now.
document.addEventListener("click", (event) => {
  const list = event.target.closest?.("[data-waiting] > summary")?.parentElement;
  if (list && !list.open) refresh();
});

async function refresh() {
  // While the person is being asked whether to end, the question stays where it is.
  if (fetching || document.querySelector("[data-ask][open]")) return;
  fetching = true;
  try {
    const found = await fresh("stage");
    if (found && !document.querySelector("[data-ask][open]")) put(found.node, found.title);
  } catch {
    // The next answer differs still, and tries again.
  } finally {
    fetching = false;
  }
}

function put(node, title) {
  const old = stage();
  const key = old.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const isNews = old.dataset.shown !== node.dataset.shown || old.dataset.since !== node.dataset.since;
  if (old.querySelector("[data-waiting][open]")) node.querySelector("[data-waiting]")?.setAttribute("open", "");
  offer(node);
  old.replaceWith(node);
  document.title = title;
  if (key) (node.querySelector(`[data-key="${key}"]`) ?? node.querySelector("[data-key]"))?.focus();
  if (isNews) said.textContent = node.querySelector(".say").innerText.replace(/\s*\n\s*/g, ". ");
}

// How long it has been open, minute by minute. Not in a live region: a clock is not read aloud.
setInterval(() => {
  for (const one of document.querySelectorAll("[data-ago]")) {
    const minutes = Math.floor((Date.now() - Date.parse(one.dataset.ago)) / 60_000);
    if (minutes < 1) continue;
    const hours = Math.floor(minutes / 60);
    const parts = [hours ? `${hours} h` : "", minutes % 60 ? `${minutes % 60} min` : ""];
    one.textContent = one.dataset.agoText.replace("{time}", parts.filter(Boolean).join(" "));
  }
}, 20_000);
