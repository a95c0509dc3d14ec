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
