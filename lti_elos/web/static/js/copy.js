// Copy the lines that support needs. LMS frames often do not delegate the clipboard: then the text is shown, selected.
for (const button of document.querySelectorAll("[data-copy]")) {
  const label = button.querySelector("span");
  const before = label.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      label.textContent = button.dataset.copied;
      setTimeout(() => {
        label.textContent = before;
      }, 3000);
    } catch {
      const place = document.querySelector("[data-copy-fallback]");
      const field = place.querySelector("input, textarea");
      place.hidden = false;
      field.value = button.dataset.copy;
      field.focus();
      field.select();
    }
  });
}
