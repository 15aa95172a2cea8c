"use strict";
// Passkeys are offered where they work: with scripts, in a browser that knows them, on a site that has a name.
addEventListener("DOMContentLoaded", () => {
  const said = document.getElementById("passkey-said");
  const tell = words => {
    said.textContent = words;
    said.hidden = false;
  };
  const unnamed = /^[\d.]+$|^\[/.test(location.hostname);
  const works = isSecureContext && "PublicKeyCredential" in window && !unnamed;
  for (const one of document.querySelectorAll("[data-passkey]")) one.hidden = !works;
  // Where a passkey is all that the page is for, it says why there is none; elsewhere there are other ways in view.
  if (!works && document.querySelector("[data-passkey=only], #mfa_webauthn_add, #mfa_webauthn_reauthenticate")) {
    tell(unnamed ? said.dataset.unnamed : said.dataset.unable);
  }
  document.addEventListener("allauth.error", event => {
    event.preventDefault();
    tell(said.dataset.failed);
  });
});
