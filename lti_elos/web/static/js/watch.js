// Follow a room's live state: ask, wait as long as the answer says, ask again. Used by the room and the waiting page.

const WORST_PAUSE_S = 60;
const TIMEOUT_MS = 10_000;

/**
 * @param {HTMLElement} place  element with data-url, data-token, data-ask-again
 * @param {object} on
 * @param {(answer: object) => void} on.answer  each answer: {running, participants, since, ask_again_s, enter, trouble}
 * @param {() => void} [on.ended]  the access has ended (401): nothing is asked any more
 * @param {() => void} [on.lost]  no answer came
 * @param {boolean} on.pausesWhenHidden  whether a hidden page stops asking; it asks at once when it is seen again
 * @returns {() => void} ask now
 */
export function follow(place, on) {
  let timer = 0;
  let failures = 0;
  let asking = false;
  let over = false;

  const later = (seconds) => {
    clearTimeout(timer);
    if (!over) timer = setTimeout(ask, seconds * 1000);
  };

  async function ask() {
    clearTimeout(timer);
    if (over || asking) return;
    if (on.pausesWhenHidden && document.hidden) return;
    asking = true;
    let pause = Number(place.dataset.askAgain) || 5;
    try {
      const response = await fetch(place.dataset.url, {
        headers: { Accept: "application/json", "X-Status-Token": place.dataset.token },
        cache: "no-store",
        signal: AbortSignal.timeout?.(TIMEOUT_MS),
      });
      if (response.status === 401) {
        over = true;
        on.ended?.();
        return;
      }
      if (!response.ok) throw new Error(`status ${response.status}`);
      const answer = await response.json();
      failures = 0;
      pause = answer.ask_again_s;
      on.answer(answer);
    } catch {
      failures += 1;
      on.lost?.();
      // Spread out: a class that lost the server together must not come back together.
      pause = Math.min(WORST_PAUSE_S, pause * 2 ** Math.min(failures, 6)) * (0.75 + Math.random() / 2);
    } finally {
      asking = false;
    }
    later(pause);
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
  });
  addEventListener("online", ask);
  addEventListener("pageshow", (event) => {
    if (event.persisted) ask();
  });
  later(Number(place.dataset.askAgain) || 5);
  return ask;
}
