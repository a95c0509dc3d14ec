// Wait for the room to open, then go in, in this same tab. Also in the background: whoever waits may look elsewhere.

import { follow } from "./watch.js";

const place = document.getElementById("watch");
let trouble = document.getElementById("trouble").dataset.trouble;
let joining = false;

/** Show what belongs to the state: "waiting", "open", "offline" or "trouble". */
function show(state) {
  for (const one of document.querySelectorAll("[data-when]")) one.hidden = one.dataset.when !== state;
}

const normal = () => show(trouble ? "trouble" : "waiting");

const ask = follow(place, {
  pausesWhenHidden: false,
  answer(answer) {
    if (answer.enter) {
      join();
      return;
    }
    joining = false;
    if ((answer.trouble ?? "") !== trouble) refresh();
    else normal();
  },
  lost() {
    if (navigator.onLine === false) show("offline");
  },
  ended: () => location.reload(), // our error page says what to do
});

function join() {
  if (joining) return;
  joining = true;
  show("open");
  document.title = place.dataset.openTitle;
  // Not "assign": "back" from the meeting leads to the page before this one, not to joining once more.
  location.replace(place.dataset.enter); // into the meeting, or to the page that holds it
}

/** The words of a new trouble come from the server. */
async function refresh() {
  try {
    // Once the room is open this page redirects into the meeting: that is not for fetch to follow.
    const response = await fetch(location.href, { cache: "no-store", redirect: "manual" });
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("trouble");
    if (!fresh) return;
    trouble = fresh.dataset.trouble;
    const old = document.getElementById("trouble");
    old.replaceChildren(...document.importNode(fresh, true).childNodes);
    old.dataset.trouble = trouble;
    normal();
  } catch {
    // The next answer tries again.
  }
}

addEventListener("offline", () => show("offline"));
addEventListener("online", normal);

// Back from the meeting by the browser's button: this page may be shown as it was left.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  joining = false;
  normal();
  ask();
});

// A phone that sleeps does not let anybody in. Only where the browser offers it, and only while the page is seen.
async function stayAwake() {
  if (document.hidden || !navigator.wakeLock) return;
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // Low battery, or not allowed here: then it asks again when the page is seen.
  }
}
document.addEventListener("visibilitychange", stayAwake);
stayAwake();
