// Copy a text. LMS frames often do not delegate the clipboard, and plain http has none: then it is shown, selected.
const said = document.getElementById("said");
for (const button of document.querySelectorAll("[data-copy]")) {
  const label = button.querySelector("span");
  const before = label.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      tell(button.dataset.copied);
    } catch {
      const row = button.closest("[data-copy-row]");
      if (row) {
        getSelection().selectAllChildren(row.querySelector("code"));
        tell(button.dataset.copyFailed);
        return;
      }
      const place = document.querySelector("[data-copy-fallback]");
      const field = place.querySelector("input, textarea");
      place.hidden = false;
      field.value = button.dataset.copy;
      field.focus();
      field.select();
    }
  });

  function tell(words) {
    label.textContent = words;
    if (said) said.textContent = words;
    setTimeout(() => {
      label.textContent = before;
      if (said) said.textContent = "";
    }, 3000);
  }
}
