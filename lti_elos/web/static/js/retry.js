// Send the page's form (or open its link) again by itself, after as many seconds as it says, and say so.
const again = document.querySelector("[data-retry-s]");
if (again) {
  document.querySelector("[data-retry-note]")?.removeAttribute("hidden");
  const send = () => {
    if (navigator.onLine === false) {
      addEventListener("online", send, { once: true });
    } else if (again instanceof HTMLFormElement) {
      if (!again.dataset.sent) again.requestSubmit();
    } else {
      location.reload();
    }
  };
  setTimeout(send, Number(again.dataset.retryS) * 1000);
}
