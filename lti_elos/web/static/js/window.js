// The frame that sends its person to a window of its own. That window says where it got to (frame.js), and from then on
// "open it again" leads there, not through the LMS once more.

const form = document.querySelector("[data-opens]");
const opened = document.querySelector("[data-opened]");
const there = document.getElementById("go-there");
const asking = document.getElementById("to-open");

// Whoever listens to this page begins at its heading, if the frame is where they are.
if (document.hasFocus()) asking.querySelector("h1").focus({ preventScroll: true });

form.addEventListener("submit", () => {
  opened.hidden = false;
  const button = form.querySelector("[data-again]");
  button.querySelector("span").textContent = button.dataset.again;
});

addEventListener("message", (event) => {
  if (event.origin !== location.origin || event.data?.subject !== "elos.here" || opened.hidden) return;
  const room = /^\/(?!\/).*?rooms\/[0-9a-f-]{36}(?![^/])/.exec(String(event.data.path))?.[0];
  if (!room) return;
  there.querySelector("a").href = room;
  there.hidden = false;
  document.getElementById("is-there").hidden = false;
  for (const one of [asking, document.getElementById("why"), form, opened.parentElement]) one.hidden = true;
});
