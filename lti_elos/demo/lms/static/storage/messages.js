// LTI's client-side messages, the platform's side: plain objects, each answered to the window and origin it came from.

/** Answer the subjects `prefix + name` for which `answers` has a function of the message and its origin. */
export function listen(prefixes, answers) {
  const known = new Map(
    prefixes.flatMap((prefix) => Object.entries(answers).map(([name, answer]) => [prefix + name, answer])),
  );
  addEventListener("message", ({ data, origin, source }) => {
    const answer = known.get(data?.subject);
    // An opaque origin ("null") could not be told apart from others, nor answered.
    if (!answer || data.message_id == null || origin === "null") return;
    const { subject, message_id } = data;
    source.postMessage({ subject: `${subject}.response`, message_id, ...answer(data, origin) }, origin);
  });
}

export const failure = (code, message) => ({ error: { code, message } });
