// The page that holds the meeting: what cannot be done here is said, the focus goes into the meeting, and whoever leaves
// it gets back to the room page.

import { refuses } from "./embedding.js";

const meeting = document.getElementById("meeting");
const said = document.getElementById("said");
const { statusUrl, roomUrl, movedUrl } = meeting.dataset;
const MOVE_MS = 500;
const USE_MS = 60_000;
let isIn = false;

// --- what the LMS does not let through ---

const refused = ["microphone", "camera", "display-capture"].find(refuses);
if (refused) document.querySelector(`[data-refused="${refused}"]`)?.removeAttribute("hidden");
document.querySelector("[data-close]")?.addEventListener("click", (event) => {
  event.target.closest("[data-refused]").hidden = true;
  meeting.focus();
});

// --- in ---

meeting.addEventListener("load", arrived);
if (innerAddress()?.href !== "about:blank") arrived(); // it was faster than this script

function arrived() {
  said.hidden = true;
  // Let in after waiting: who is writing elsewhere in the LMS's page is not torn away.
  if (!isIn && document.hasFocus()) meeting.focus();
  isIn = true;
  const address = innerAddress();
  if (address?.origin !== location.origin) return;
  // Waiting, entering again, a refusal in our own words: those are for here, and their buttons work here. Any other page
  // of ours (the meeting ended, "back to the room") is for the place where this one is.
  const isHere = ["enter", "join", "wait", "left"].some((page) => address.pathname === `${roomUrl}/${page}`);
  if (!isHere) leaveTo(address.href);
}

/** Where the inner frame is; null when that is for others to know. */
function innerAddress() {
  try {
    const { href, origin, pathname } = meeting.contentWindow.location;
    return { href, origin, pathname };
  } catch {
    return null;
  }
}

// Who is in a long class does nothing here, and the access would end for want of use: asking counts as use.
setInterval(() => fetch(statusUrl, { cache: "no-store" }).catch(() => {}), USE_MS * (0.75 + Math.random() / 2));

// --- out ---

function leaveTo(address) {
  // Not "assign": "back" leads to the page before this one, not into the meeting once more.
  location.replace(address);
}

// Our page after the meeting tells. What went wrong stays to be read.
addEventListener("message", (event) => {
  if (event.origin !== location.origin || event.data?.subject !== "lti-elos.left") return;
  if (!event.data.problem) leaveTo(roomUrl);
});

// Moving to a new tab: out of here first, so that nobody is in the meeting twice. This page stays until the form is on
// its way.
for (const form of document.querySelectorAll("[data-move]")) {
  form.addEventListener("submit", () => {
    meeting.remove();
    setTimeout(() => leaveTo(movedUrl), MOVE_MS);
  });
}
