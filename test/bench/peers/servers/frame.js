/** What all servers of this bench share: where they listen, and how they tell what they cost. Started by ../peer.ts. */
import { createServer } from "node:http";

/** Made known by the parent process, as plain values. */
export const settings = JSON.parse(process.env.PEER_SETTINGS ?? "{}");

/** Listens first, because most apps must know their own address, then asks for the app and serves it. */
export async function serve(createApp) {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  server.on("request", await createApp(url));
  return url;
}

/** Says where the app is; from then on each message asks for the CPU time of this process, in microseconds. */
export function tellParent(...urls) {
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send({ cpu: user + system });
  });
  process.once("disconnect", () => process.exit(0));
  process.send({ urls });
}

/** What a route throws is an answer without a body, so that no error can pass for a user. */
export function answerErrors(error, _req, res, _next) {
  res.sendStatus(Number.isInteger(error.status) ? error.status : 500);
}

/** Asks the provider who the access token belongs to, as a call of its API. */
export async function answerFromApi(res, accessToken) {
  const answer = await fetch(`${settings.issuer}/userinfo`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  if (!answer.ok) return void res.sendStatus(502);
  const { sub } = await answer.json();
  res.json({ id: sub });
}

/** The four values that every signed-in route of this bench answers. */
export const pickUser = ({ sub, email, name, zoneinfo }) => ({ id: sub, email, name, timezone: zoneinfo });
