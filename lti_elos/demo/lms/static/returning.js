// Out of the frame, back to the course.
"use strict";
window.top.location.replace(document.body.dataset.after);
