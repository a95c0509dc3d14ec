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

// Shown inside our own page after a meeting was left: that page is told, and looks how the room is.
if (window.parent !== window) {
  window.parent.postMessage({ subject: "lti-elos.left" }, location.origin);
}
