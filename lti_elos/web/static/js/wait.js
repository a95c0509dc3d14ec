// Wait for the room to open, then go in, in this same tab. Also in the background: whoever waits may look elsewhere.

import { sound } from "./sound.js";
import { follow } from "./watch.js";

const place = document.getElementById("watch");
let trouble = document.getElementById("trouble").dataset.trouble;
let joining = false;
let misses = 0;
const PATIENCE = 2;

/** Show what belongs to the state: "waiting", "open", "offline", "lost" or "trouble". */
function show(state) {
  for (const one of document.querySelectorAll("[data-when]")) one.hidden = one.dataset.when !== state;
}

const crowd = document.querySelector("[data-waiting]");

function count(people) {
  crowd.hidden = people < 2;
  crowd.textContent = crowd.dataset.many.replace("{n}", people);
}

const normal = () => show(trouble ? "trouble" : "waiting");

const ask = follow(place, {
  pausesWhenHidden: false,
  answer(answer) {
    misses = 0;
    if (answer.enter) {
      join();
      return;
    }
    joining = false;
    count(answer.waiting);
    if ((answer.trouble ?? "") !== trouble) refresh();
    else normal();
  },
  lost() {
    misses += 1;
    if (navigator.onLine === false) show("offline");
    else if (misses >= PATIENCE && !joining) show("lost");
  },
  ended: () => location.reload(), // our error page says what to do
});

async function join() {
  if (joining) return;
  joining = true;
  show("open");
  crowd.hidden = true;
  document.title = place.dataset.openTitle;
  await sound.play();
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

const tick = document.querySelector("[data-sound]");
tick.hidden = !sound.isOffered;
tick.addEventListener("change", (event) => sound.turn(event.target.checked));

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
