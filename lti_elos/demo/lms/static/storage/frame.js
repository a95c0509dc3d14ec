// The frame beside the tool's: it keeps what tools put. The page around it says that it is here.
import { kept } from "./kept.js";
import { listen } from "./messages.js";

const told = JSON.parse(document.body.dataset.storage);
listen(told.prefixes, kept(told));
