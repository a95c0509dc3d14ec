// Shown inside the page that held the meeting: that page is told, and whether something is to be read here first.
if (window.parent !== window) {
  const problem = document.querySelector("[data-problem]") !== null;
  window.parent.postMessage({ subject: "lti-elos.left", problem }, location.origin);
}
