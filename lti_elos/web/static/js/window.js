// The frame that sends its person to a window of its own. That window says where it got to (frame.js), and from then on
// "open it again" leads there, not through the LMS once more. What is chosen there for the course (answer.js) is posted
// here, where the LMS waits for it.

const form = document.querySelector("[data-opens]");
const opened = document.querySelector("[data-opened]");
const there = document.getElementById("go-there");
const asking = document.getElementById("to-open");
const isThere = document.getElementById("is-there");

// Reloaded, the frame is to begin the same login again: WebKit asks for an address alone, without what was posted to it.
const login = `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`;
if (login.length < 4000) history.replaceState(null, "", login);

// Whoever listens to this page begins at its heading, if the frame is where they are.
if (document.hasFocus()) asking.querySelector("h1").focus({ preventScroll: true });

form.addEventListener("submit", () => {
  opened.hidden = false;
  document.getElementById("cause").hidden = true; // two hints at once are none
  const button = form.querySelector("[data-again]");
  button.querySelector("span").textContent = button.dataset.again;
});

addEventListener("message", (event) => {
  if (event.origin !== location.origin || event.data?.subject !== "elos.here" || opened.hidden) return;
  const place = /^\/(?!\/).*?(rooms|deep-linking)\/[0-9a-f-]{36}(?![^/])/.exec(String(event.data.path));
  if (!place) return;
  const again = there.querySelector("a");
  const hadFocus = form.contains(document.activeElement);
  again.href = place[0];
  if (place[1] === "deep-linking") {
    for (const one of isThere.querySelectorAll("[data-choosing]")) one.textContent = one.dataset.choosing;
  }
  there.hidden = false;
  isThere.hidden = false;
  document.title = isThere.querySelector("h1").textContent;
  for (const one of [asking, document.getElementById("why"), form, opened.parentElement]) one.hidden = true;
  // Who comes back to this frame by keyboard is where they left it.
  if (hadFocus) again.focus({ preventScroll: true });
});

addEventListener("message", (event) => {
  const { subject, action, token } = event.data ?? {};
  if (event.origin !== location.origin || subject !== "elos.answer" || !/^https?:/.test(action)) return;
  event.source.postMessage({ subject: "elos.taken" }, location.origin);
  const answer = Object.assign(document.createElement("form"), { method: "post", action, hidden: true });
  answer.append(Object.assign(document.createElement("input"), { type: "hidden", name: "JWT", value: token }));
  document.body.append(answer);
  answer.submit();
});
