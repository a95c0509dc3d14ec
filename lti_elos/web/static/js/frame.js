// In a frame: tell the LMS how tall the page is, so that it need not scroll inside. Nobody has to listen (Moodle does
// not). The origin of the LMS is not known here and the height is no secret: hence "*", as the message's spec has it.
const LEAST = 400;
const STEP = 8;
const PAUSE_MS = 250;

let told = 0;
let waiting = false;

// A page that is as tall as its frame asks for a height of its own: measuring it would only give the frame's back.
const wanted = Number(document.querySelector("[data-frame-height]")?.dataset.frameHeight);

const tell = () => {
  waiting = false;
  const content = wanted || Math.ceil(document.documentElement.getBoundingClientRect().height);
  const height = Math.max(LEAST, Math.ceil(content / STEP) * STEP);
  if (height === told) return;
  told = height;
  const message = { subject: "lti.frameResize", height };
  window.parent.postMessage(message, "*");
  window.parent.postMessage(JSON.stringify(message), "*"); // some platforms parse strings only
};

if (window.parent !== window) {
  tell();
  new ResizeObserver(() => {
    if (waiting) return;
    waiting = true;
    setTimeout(tell, PAUSE_MS);
  }).observe(document.documentElement);
} else {
  // A window that was opened from a frame of ours tells it where it got to (window.js). Nobody else hears it.
  window.opener?.postMessage({ subject: "elos.here", path: location.pathname }, location.origin);
}
