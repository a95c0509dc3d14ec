// Platform storage (1EdTech lti-cs-pm and lti-pm-s): a place in the LMS's own page for a framed tool's secret. Each LMS
// speaks a dialect: who answers (the page around, or a frame beside ours) and under which names is asked for first, and
// what is not told is tried.

const PREFIXES = ["lti.", "org.imsglobal.lti."];
const TIMEOUT_MS = 1500;
/** The page around may be loading still, and hear nothing yet: it is asked again. */
const AGAIN_MS = 150;
/** How long the page around may take to tell what it can; then what the login named is tried. */
const CAPABILITIES_MS = 700;

/** Of one login: the frame that was announced, and the only origin whose answers count. */
export class Storage {
  /** @param {{target: string, origin: string, key: string}} kept */
  constructor({ target, origin, key }) {
    this.target = target;
    this.origin = origin;
    this.key = key;
  }

  /** Keep a value; null takes it out. Rejects when nobody did so in time. */
  async put(value) {
    await this.#ask("put_data", { key: this.key, value }, (answer) => answer.key === undefined || answer.key === this.key);
  }

  /** The value that was put. Rejects when nobody told one in time. */
  async get() {
    const told = (answer) => typeof answer.value === "string" && answer.value !== "";
    return (await this.#ask("get_data", { key: this.key }, told)).value;
  }

  async #ask(subject, fields, isGood) {
    // At top level the "parent" is this very page: a proof from there would prove nothing.
    if (window.parent === window) throw new Error("not in a frame");
    const ends = performance.now() + TIMEOUT_MS;
    const told = await capabilities();
    const left = Math.max(0, ends - performance.now());
    const ways = told.filter((one) => PREFIXES.some((prefix) => one.subject === prefix + subject));
    const asked = ways.length ? ways : PREFIXES.map((prefix) => ({ subject: prefix + subject }));
    return Promise.any(
      asked.map((way) => ask(() => this.#frame(way.frame), this.origin, { subject: way.subject, ...fields }, isGood, left)),
    );
  }

  /** The frame that the LMS's page names, the one that the login named, or the page itself; as it is now. */
  #frame(named) {
    for (const name of [named, this.target]) {
      if (!name || name === "_parent") continue;
      try {
        const found = window.parent.frames[name];
        if (found?.postMessage) return found;
      } catch {
        // Another site's page tells of its frames only those that are there.
      }
    }
    return window.parent;
  }
}

/** What the page around says that it can: [{subject, frame?}]; nothing from one that does not answer. */
async function capabilities() {
  const isGood = (answer) => Array.isArray(answer.supported_messages);
  try {
    // Its origin may be another one than that of its storage (Canvas); nothing secret is asked.
    const asked = PREFIXES.map((prefix) =>
      ask(() => window.parent, "*", { subject: `${prefix}capabilities` }, isGood, CAPABILITIES_MS),
    );
    const answer = await Promise.any(asked);
    return answer.supported_messages.filter((one) => typeof one?.subject === "string");
  } catch {
    return [];
  }
}

/** Send a message until it is answered: from the window that `frame` gives, of that origin, with the same id. */
function ask(frame, origin, message, isGood, timeoutMs) {
  const id = crypto.getRandomValues(new Uint32Array(4)).join("-");
  return new Promise((resolve, reject) => {
    const stop = (end, outcome) => {
      clearTimeout(timer);
      clearInterval(sender);
      removeEventListener("message", listen);
      end(outcome);
    };
    const listen = (event) => {
      if (event.source !== frame() || (origin !== "*" && event.origin !== origin)) return;
      const answer = event.data;
      if (answer?.message_id !== id || answer.subject !== `${message.subject}.response`) return;
      if (answer.error || !isGood(answer)) stop(reject, new Error("refused"));
      else stop(resolve, answer);
    };
    const send = () => frame().postMessage({ message_id: id, ...message }, origin);
    const timer = setTimeout(() => stop(reject, new Error("silent")), timeoutMs);
    const sender = setInterval(send, AGAIN_MS);
    addEventListener("message", listen);
    send();
  });
}
