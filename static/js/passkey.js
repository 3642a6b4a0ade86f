// Passkeys: the browser asks its owner, and the form carries what was answered.
const form = document.querySelector("[data-passkey]");
const button = form.querySelector("[data-passkey-ask]");
const [read, ask] = form.dataset.passkeyNew === undefined ? ["parseRequestOptionsFromJSON", "get"] : ["parseCreationOptionsFromJSON", "create"];

if (window.PublicKeyCredential?.[read]) button.hidden = false;
else form.querySelector("[data-passkey-lacking]").hidden = false;

button.addEventListener("click", async () => {
  if (!form.reportValidity()) return;
  const failed = form.querySelector("[data-passkey-failed]");
  failed.hidden = true;
  try {
    const asked = PublicKeyCredential[read](JSON.parse(form.dataset.passkey).publicKey);
    form.elements.answer.value = JSON.stringify(await navigator.credentials[ask]({ publicKey: asked }));
    form.submit();
  } catch {
    failed.hidden = false;
  }
});
