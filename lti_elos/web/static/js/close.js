// A page that the LMS opened in a frame or a tab of its own: whoever has read it sends it away. The LMS is told as the
// specification says; it knows where it came from, so anybody may hear it: the message holds nothing.
const button = document.getElementById("close");
const lms = window.opener ?? (window.parent !== window ? window.parent : null);
if (lms) {
  button.hidden = false;
  document.getElementById("alone").hidden = true;
  button.addEventListener("click", () => {
    lms.postMessage({ subject: "org.imsglobal.lti.close" }, "*");
    if (window.opener) window.close();
  });
}
