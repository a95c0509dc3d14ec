// A part of this page, anew from the server, so that its words are written in one place only.

const SPREAD_MS = 1000;

/**
 * Pages that learn of something together do not ask together.
 * @param {string} id  of the element that is wanted
 * @returns {Promise<{node: HTMLElement, title: string} | undefined>}  nothing where there is none to be had now
 */
export async function fresh(id) {
  await new Promise((done) => setTimeout(done, Math.random() * SPREAD_MS));
  const framed = "framed" in document.documentElement.dataset;
  const response = await fetch(location.href, {
    headers: framed ? { Accept: "text/html", "X-Framed": "1" } : { Accept: "text/html" },
    cache: "no-store",
  });
  if (response.status === 401) location.reload();
  if (!response.ok) return undefined;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const found = page.getElementById(id);
  if (!found) return undefined;
  if (framed !== "framed" in page.documentElement.dataset) {
    location.reload(); // made for a tab, it would open the meeting inside the frame
    return undefined;
  }
  return { node: document.importNode(found, true), title: page.title };
}

/** People come and go silently: only a change of state is read aloud. */
export function count(within, people) {
  for (const one of within.querySelectorAll("[data-people]")) {
    one.textContent = people === 1 ? one.dataset.one : one.dataset.many.replace("{n}", people);
  }
}
