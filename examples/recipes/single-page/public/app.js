const find = (id) => document.getElementById(id);

const { signedIn, user, signIn, signOut } = await call("/auth/session");
find("who").textContent = signedIn ? `Hello ${user.name ?? user.id}.` : "Nobody is signed in.";
find("sign-in").hidden = signedIn;
find("show").hidden = find("sign-out").hidden = !signedIn;

find("sign-in").onclick = () =>
  location.assign(`${signIn}?returnTo=${encodeURIComponent(location.pathname)}`);
find("sign-out").onclick = async () => {
  await fetch(signOut, { method: "POST" });
  location.reload();
};
find("show").onclick = async () => {
  const names = await call("/api/agents");
  find("agents").replaceChildren(
    ...names.map((name) => Object.assign(document.createElement("li"), { textContent: name })),
  );
};

/** Asks our own server; where consent or sign-in is missing, the person is led there and comes back to this page. */
async function call(path) {
  const response = await fetch(path);
  const body = await response.json();
  if (response.ok) return body;
  const next = body.ask ?? body.signIn;
  if (next) location.assign(next);
  else find("problem").textContent = body.detail;
  throw new Error(`${path} was answered ${response.status}`);
}
