import type { IncomingMessage } from "node:http";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { type Answer, methodNotAllowed, notFound, SECURITY_HEADERS, send } from "./answer.js";

export type Handler = (req: Request, res: Response) => Answer | Promise<Answer>;
/** Method to handler, for one path. */
export type Methods = Readonly<Record<string, Handler>>;
/** Turns what a handler throws into the error shape of one API. */
export type ErrorAnswer = (error: unknown, req: IncomingMessage) => Answer;

/**
 * One part of the platform: its routes by plain path, and the one shape of its errors.
 *
 * As in FastAPI, paths are compared with their case, a known path answers other methods with 405 and a
 * trailing slash with 307.
 */
export function createArea(routes: Readonly<Record<string, Methods>>, answerError: ErrorAnswer): Express {
  const app = express();
  app.enable("strict routing");
  app.enable("case sensitive routing");
  app.disable("x-powered-by");
  app.use(function setSecurityHeaders(_req: Request, res: Response, next: NextFunction) {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) res.setHeader(name, value);
    next();
  });
  for (const [path, methods] of Object.entries(routes)) {
    app.all(path, function answerRoute(req: Request, res: Response, next: NextFunction) {
      // Express 4 does not look at what a handler returns, so rejections are handed over here.
      answer(methods, req, res).then((answer) => send(res, answer), next);
    });
    if (path !== "/") app.all(`${path}/`, redirectToUnslashed);
  }
  app.use(function answerUnknownPath() {
    throw notFound();
  });
  // Four parameters are how Express knows an error handler.
  app.use(function answerFault(error: unknown, req: Request, res: Response, _next: NextFunction) {
    if (!res.headersSent) send(res, answerError(error, req));
  });
  return app;
}

async function answer(methods: Methods, req: Request, res: Response): Promise<Answer> {
  const handler = methods[req.method];
  if (!handler) throw methodNotAllowed(Object.keys(methods).join(", "));
  return handler(req, res);
}

function redirectToUnslashed(req: Request, res: Response): void {
  const [path = "", ...query] = req.originalUrl.split("?");
  const location = `http://${req.headers.host}${[path.replace(/\/$/, ""), ...query].join("?")}`;
  send(res, { status: 307, headers: { Location: location } });
}
