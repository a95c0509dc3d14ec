// What was chosen goes to the LMS at once. In a window that a frame without cookies has opened (window.js), the frame
// posts it: there the LMS waits for the answer. If that frame is gone, it is posted from here.

const TIMEOUT_MS = 3000;

const form = document.getElementById("answer");
const done = document.getElementById("done");
const frame = opener();

if (frame) {
  const timer = setTimeout(() => form.submit(), TIMEOUT_MS);
  addEventListener("message", (event) => {
    if (event.source !== frame || event.origin !== location.origin || event.data?.subject !== "elos.taken") return;
    clearTimeout(timer);
    form.hidden = true;
    done.hidden = false;
    document.title = done.dataset.title;
    window.close();
  });
  const token = form.elements.JWT.value;
  frame.postMessage({ subject: "elos.answer", action: form.getAttribute("action"), token }, location.origin);
} else {
  form.submit();
}

/** The frame of ours that opened this window, if it still shows a page of ours. */
function opener() {
  try {
    const found = window.opener;
    return found && found.parent !== found && found.location.origin === location.origin ? found : null;
  } catch {
    return null;
  }
}
