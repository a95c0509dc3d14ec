// The room in short keeps its state true. No cookie comes from this frame, so the panel cannot be brought anew: the words
// of each state are in the page, and change places.

import { Storage } from "./storage.js";
import { follow } from "./watch.js";

const place = document.getElementById("watch");
const stage = document.getElementById("stage");
const said = document.getElementById("said");
const CLASSES = { open: "live", opening: "wait", closed: "" };

// The secret has done its work.
new Storage(place.dataset).put(null).catch(() => {});

// A frame that is reloaded cannot be let in again, nor does the server then know from where it came (course.js).
if (place.dataset.course) history.replaceState({ course: place.dataset.course }, "");

follow(place, {
  pausesWhenHidden: true,
  answer(answer) {
    const opening = "opens" in place.dataset && answer.state === "opening";
    show(answer.trouble ? known(answer.trouble) : answer.running ? "open" : opening ? "opening" : "closed");
    for (const one of stage.querySelectorAll("[data-people]")) {
      const people = answer.participants;
      one.textContent = people === 1 ? one.dataset.one : one.dataset.many.replace("{n}", people);
    }
  },
});

/** The state of a trouble is its code, where the page has words for it. */
function known(code) {
  return stage.querySelector(`h2 [data-when="${CSS.escape(code)}"]`) ? code : "ELOS-REPLY";
}

function show(state) {
  if (state === stage.dataset.shown) return;
  stage.dataset.shown = state;
  stage.className = `stage ${CLASSES[state] ?? "bad"}`;
  for (const one of stage.querySelectorAll("[data-when]")) {
    one.hidden = !one.dataset.when.split(" ").includes(state);
  }
  document.title = stage.querySelector("h2 > :not([hidden])").dataset.title;
  said.textContent = stage.querySelector("h2").innerText.trim();
}
