// put_data and get_data over a store, with the product's way to say "no such key" and the troubles that tests want.
import { failure } from "./messages.js";
import { Store } from "./store.js";

const UNKNOWN = {
  null: (key) => ({ key, value: null }),
  error: (key) => failure("key_not_found", `Key not found: ${key}`),
  text: (key) => ({ key, error: "Could not find key" }),
};

export function kept(told) {
  const store = new Store(told);

  function put_data({ key, value }, origin) {
    if (told.switch === "refuses") return failure("generic", "Nothing is kept here.");
    if (typeof key !== "string" || !(value == null || typeof value === "string")) return failure("bad_request", "key, value");
    if (value == null) store.remove(origin, key);
    else if (!store.put(origin, key, value)) return failure("storage_exhaustion", "Reached storage limit.");
    return { key, value };
  }

  function get_data({ key }, origin) {
    if (typeof key !== "string") return failure("bad_request", "key");
    if (told.switch === "forgets") return { key, value: null };
    if (told.switch === "wrong") return { key, value: "something else" };
    const value = store.get(origin, key);
    return value === null ? UNKNOWN[told.unknown](key) : { key, value };
  }

  return { put_data, get_data };
}
