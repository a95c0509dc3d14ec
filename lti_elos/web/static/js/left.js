import { follow } from "./watch.js";

// Whether the class goes on is known a moment after somebody left: it is asked then, and not said before.
const place = document.getElementById("watch");
if (place) {
  follow(place, {
    pausesWhenHidden: true,
    answer(answer) {
      const now = answer.running ? "open" : "over";
      for (const one of document.querySelectorAll("[data-when]")) one.hidden = one.dataset.when !== now;
    },
    ended() {},
  });
}

// Shown inside the page that held the meeting: that page is told, and whether something is to be read here first.
if (window.parent !== window) {
  const problem = document.querySelector("[data-problem]") !== null;
  window.parent.postMessage({ subject: "lti-elos.left", problem }, location.origin);
}
