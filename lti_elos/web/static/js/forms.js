// What every page's forms share. Everything works without this file; with it a double click sends once, the message of
// what was just done has the focus, and asking before ending can be left with Escape.

const PAUSE_MS = 4000;

// A form that opens a tab stays in use here: it may be sent again after a moment (the tab was closed, or blocked). One
// that leads away stays sent until this page is seen again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  const button = event.submitter ?? form.querySelector("button");
  button?.setAttribute("aria-busy", "true");
  if (form.target === "_blank") setTimeout(() => release(form), PAUSE_MS);
});

function release(form) {
  delete form.dataset.sent;
  for (const busy of form.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
}

// Back from the next page: the browser may show this one as it was left. Back from a tab: it may be wanted again at once.
const releaseAll = (forms) => {
  for (const form of document.querySelectorAll(forms)) release(form);
};
addEventListener("pageshow", () => releaseAll("form[data-sent]"));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) releaseAll("form[data-sent][target=_blank]");
});

// --- asking before ending ---

document.addEventListener(
  "toggle",
  (event) => {
    const ask = event.target;
    if (ask instanceof HTMLDetailsElement && ask.matches("[data-ask]") && ask.open) {
      ask.querySelector("h3")?.focus();
    }
  },
  true,
);

document.addEventListener("click", (event) => {
  const no = event.target.closest?.("[data-ask-no]");
  if (!no) return;
  event.preventDefault();
  close(no.closest("[data-ask]"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const ask = document.querySelector("[data-ask][open]");
  if (ask) close(ask);
});

function close(ask) {
  ask.open = false;
  ask.querySelector("summary").focus();
}

// --- the message of what was just done ---

const message = document.querySelector("[data-focus]");
if (message) {
  message.focus({ preventScroll: true });
  // Reloading must not say it again.
  const address = new URL(location.href);
  address.searchParams.delete(message.dataset.onceParam);
  history.replaceState(history.state, "", address);
}
