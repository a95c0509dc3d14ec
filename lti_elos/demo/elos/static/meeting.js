// Keeps the meeting page true: who is in, when to draw it anew, when to go.
"use strict";

const { status: statusUrl, away: awayUrl, version } = document.body.dataset;
const people = document.getElementById("people");
const POLL_MS = 2000;

function draw(list) {
  const rows = list.map(({ name, role, isYou }) => {
    const row = document.createElement("li");
    const who = document.createElement("span");
    const what = document.createElement("small");
    who.dir = "auto";
    who.textContent = name;
    what.textContent = role === "MODERATOR" ? people.dataset.moderator : people.dataset.viewer;
    row.classList.toggle("you", isYou);
    row.append(who, " ", what);
    return row;
  });
  people.replaceChildren(...rows);
}

async function poll() {
  try {
    const answer = await fetch(statusUrl, { cache: "no-store" });
    const now = await answer.json();
    if (now.goto) {
      location.replace(now.goto);
      return;
    }
    if (now.version !== version) {
      location.reload();
      return;
    }
    if (people) draw(now.people);
  } catch {
    // The server is away for a moment: ask again.
  }
  setTimeout(poll, POLL_MS);
}

addEventListener("pagehide", () => navigator.sendBeacon(awayUrl));
addEventListener("pageshow", (event) => event.persisted && location.reload());
poll();
