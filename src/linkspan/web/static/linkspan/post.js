"use strict";
// Sends the one form of a page that only leads on; its button does the same without this script.
document.getElementById("lead-on")?.requestSubmit();
