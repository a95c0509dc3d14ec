// The course's page: says what is understood and where, and keeps things itself where no frame beside the tool's does.
import { kept } from "./kept.js";
import { listen } from "./messages.js";

const told = JSON.parse(document.body.dataset.storage);
const where = told.frame ? { frame: told.frame } : {};
const supported_messages = told.prefixes.flatMap((prefix) => [
  { subject: `${prefix}capabilities` },
  ...["put_data", "get_data"].map((name) => ({ subject: prefix + name, ...where })),
]);
listen(told.prefixes, { capabilities: () => ({ supported_messages }), ...(told.frame ? {} : kept(told)) });

// Tools ask at once: nobody may come before those who answer are there.
function load(frame) {
  return new Promise((loaded) => {
    frame.addEventListener("load", loaded, { once: true });
    frame.src = frame.dataset.src;
  });
}
const [beside, activity] = ["storage", "activity"].map((one) => document.querySelector(`iframe[data-testid="${one}"]`));
if (beside) await load(beside);
load(activity);
