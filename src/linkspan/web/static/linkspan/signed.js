"use strict";
// The signed form of a save, for the page of an exam and for the check of a device before it.
window.signedSaves = (() => {
  const utf8 = text => new TextEncoder().encode(text);
  const bytes = hex => Uint8Array.from(hex.match(/../g), pair => parseInt(pair, 16));
  const hex = buffer => Array.from(new Uint8Array(buffer), byte => byte.toString(16).padStart(2, "0")).join("");
  const canonical = value => {
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    if (value === null || typeof value !== "object") return JSON.stringify(value);
    return `{${Object.keys(value).sort().map(name => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
  };
  // The save with its signature, and the digest that the next one names.
  const sign = async (page, body) => {
    const key = await crypto.subtle.importKey("raw", bytes(page.signing_key), {name: "HMAC", hash: "SHA-256"}, false, ["sign"]);
    const signed = utf8(canonical(body));
    return [{...body, mac: hex(await crypto.subtle.sign("HMAC", key, signed))}, hex(await crypto.subtle.digest("SHA-256", signed))];
  };
  return {utf8, bytes, sign};
})();
