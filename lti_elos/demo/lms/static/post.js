// Sends the page's one form at once. Its button is for browsers without script.
"use strict";
document.querySelector("form").submit();
