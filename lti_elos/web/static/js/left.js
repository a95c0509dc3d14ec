// Shown inside our own page after a meeting was left: that page is told, and looks how the room is.
if (window.parent !== window) {
  window.parent.postMessage({ subject: "lti-elos.left" }, location.origin);
}
