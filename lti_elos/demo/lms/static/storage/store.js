// What tools have put, apart by their origins.
const MOST_KEYS = 500;

export class Store {
  #limit;
  #lasts;
  #put = new Map();

  /** With `lasts` in the browser's own storage; what counts towards the limit is what this page was given. */
  constructor({ limit, lasts }) {
    this.#limit = limit;
    this.#lasts = lasts;
  }

  get(origin, key) {
    return (this.#lasts ? localStorage.getItem(label(origin, key)) : this.#of(origin).get(key)) ?? null;
  }

  remove(origin, key) {
    this.#of(origin).delete(key);
    if (this.#lasts) localStorage.removeItem(label(origin, key));
  }

  /** False where it does not fit. */
  put(origin, key, value) {
    const after = new Map(this.#of(origin)).set(key, value);
    if (after.size > MOST_KEYS || [...after].flat().join("").length > this.#limit) return false;
    this.#put.set(origin, after);
    if (this.#lasts) localStorage.setItem(label(origin, key), value);
    return true;
  }

  #of(origin) {
    if (!this.#put.has(origin)) this.#put.set(origin, new Map());
    return this.#put.get(origin);
  }
}

const label = (origin, key) => `lti|platform_storage|${origin}|${key}`;
