// Makes or uses a passkey by the options in the form, and sends the form with what came of it.
"use strict";

const form = document.querySelector("form[data-passkey]");
const button = form.querySelector("button");
const told = document.querySelector("[data-told]");

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

const read = (written) => {
  const options = JSON.parse(written);
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  if (options.excludeCredentials) options.excludeCredentials = known(options.excludeCredentials);
  if (options.allowCredentials) options.allowCredentials = known(options.allowCredentials);
  return options;
};

const write = (credential) => {
  const { response } = credential;
  const answer = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    answer.attestationObject = text(response.attestationObject);
    answer.transports = response.getTransports ? response.getTransports() : [];
  } else {
    answer.authenticatorData = text(response.authenticatorData);
    answer.signature = text(response.signature);
    answer.userHandle = response.userHandle ? text(response.userHandle) : null;
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: {},
    response: answer,
  });
};

// Errors by name (Web Authentication level 3, §5.1.3); after any other one may try again.
const whys = { SecurityError: "elsewhere", InvalidStateError: "known" };

const say = (what) => {
  told.textContent = form.dataset[what];
  told.hidden = false;
};

const ask = async () => {
  told.hidden = true;
  button.disabled = true;
  try {
    const publicKey = read(form.dataset.options);
    const credential = await (form.dataset.passkey === "create"
      ? navigator.credentials.create({ publicKey })
      : navigator.credentials.get({ publicKey }));
    form.elements.credential.value = write(credential);
    form.submit();
  } catch (error) {
    button.disabled = false;
    say(whys[error.name] || "cancelled");
  }
};

if (window.PublicKeyCredential) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  form.hidden = false;
  document.querySelector("[data-unsupported]").hidden = true;
}
