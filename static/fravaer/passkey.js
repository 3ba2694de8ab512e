/* A passkey in the browser: the page says what is asked, the browser asks its owner, the answer goes back in the form. */
(() => {
  "use strict";

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (keys) => (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));

  const asked = async (options) => {
    const publicKey = { ...options, challenge: bytes(options.challenge) };
    if (options.user) {
      publicKey.user = { ...options.user, id: bytes(options.user.id) };
      publicKey.excludeCredentials = named(options.excludeCredentials);
      return navigator.credentials.create({ publicKey });
    }
    publicKey.allowCredentials = named(options.allowCredentials);
    return navigator.credentials.get({ publicKey });
  };

  const written = (credential) => {
    const response = { clientDataJSON: text(credential.response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    const { id, type } = credential;
    return JSON.stringify({ id, rawId: text(credential.rawId), type, response, clientExtensionResults: {} });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    form.hidden = false;
    const said = form.querySelector("[data-passkey-said]");
    form.addEventListener(
      "submit",
      async (event) => {
        if (form.elements.credential.value) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        said.textContent = "";
        try {
          form.elements.credential.value = written(await asked(JSON.parse(form.dataset.passkey)));
          form.requestSubmit();
        } catch {
          said.textContent = form.dataset.failed;
        }
      },
      true
    );
  }
})();
