import { Console } from "node:console";
import { Writable } from "node:stream";
import { parseArgs } from "node:util";
import { FAILED, Failure, MISUSED, messageOf, type RunCommand, readFlags } from "../command-line.js";
import { checkSubject, checkVersions } from "./checks.js";
import { examine, type Finding, failed } from "./finding.js";
import { loadOptions } from "./options-file.js";
import { createRedact, type Redact, secretsOfEnvironment } from "./redact.js";
import { makeReport, printLines } from "./report.js";
import { readSubject, type Subject } from "./subject.js";

const HELP = `Usage: express-autogpt doctor [--config FILE | --scopes LIST] [--env FILE] [--json]

Run it in your app's folder, with the environment that the app has. It says one line for each check, with the fix.

  --config FILE  A module whose default export is what you give to signInWithAutoGPT()
  --scopes LIST  Without a module: the scopes the app asks for, such as IDENTITY,READ_LIBRARY
  --env FILE     Read environment variables from this file, as node --env-file does
  --json         Print {"ok", "findings": [{"name", "status", "message", "fix"}]}
  --help         Show this

Exit code: 0 nothing failed, 1 something failed, 2 called in a wrong way
`;

/** `npx express-autogpt doctor` */
export const runDoctor: RunCommand = async (args) => {
  const { values } = readFlags(() =>
    parseArgs({
      args,
      options: {
        config: { type: "string" },
        scopes: { type: "string" },
        env: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }),
  );
  if (values.help) return void process.stdout.write(HELP);
  if (values.config !== undefined && values.scopes !== undefined) {
    throw new Failure("--scopes is for apps without an options file: --config has them.", MISUSED);
  }
  if (values.env !== undefined) loadEnvironment(values.env);

  process.exitCode = FAILED; // whatever ends this early: no report is no good news
  const findings: Finding[] = await checkVersions(process.cwd());
  const secrets = secretsOfEnvironment(process.env);
  const redact: Redact = (text) => createRedact(secrets)(text);
  const print = keepOutputClean(redact);
  const settle = refuseEarlyEnd();
  noteStrayErrors(findings);
  const subject = await examineOptions(values, findings);
  if (subject) {
    secrets.push(subject.config.clientSecret, ...subject.config.secrets);
    findings.push(...(await checkSubject(subject)));
  }
  const report = makeReport(findings, redact);
  const text = values.json ? `${JSON.stringify(report, undefined, 2)}\n` : printLines(report);
  // Ends also when the options file has opened a connection, but not before all is written.
  print(text, () => {
    settle();
    process.exit(report.ok ? 0 : FAILED);
  });
};

/** Variables that are set win, as with `node --env-file`, whose name older versions of Node would take for themselves. */
function loadEnvironment(file: string): void {
  try {
    process.loadEnvFile(file);
  } catch (error) {
    throw new Failure(`Cannot read the environment file: ${messageOf(error)}`, MISUSED);
  }
}

async function examineOptions(
  { config, scopes }: { config?: string | undefined; scopes?: string | undefined },
  findings: Finding[],
): Promise<Subject | undefined> {
  if (config === undefined) {
    return readSubject({ scopes: scopes?.split(/[\s,]+/).filter((scope) => scope !== "") }, process.env);
  }
  let subject: Subject | undefined;
  const finding = await examine("options", async () => {
    subject = readSubject({ options: await loadOptions(config) }, process.env);
    return { status: "ok", message: "" };
  });
  if (!subject) findings.push(finding);
  return subject;
}

type Done = (error?: Error | null) => void;

/**
 * Standard output is for the report: what the options file writes there goes to standard error, without secrets.
 * Returns what prints the report.
 */
function keepOutputClean(redact: Redact): (text: string, done: Done) => void {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = (chunk: string | Uint8Array, encoding?: BufferEncoding | Done, done?: Done) => {
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    return stderr.write(redact(text), typeof encoding === "function" ? encoding : done);
  };
  const sink = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => void stderr.write(redact(String(chunk)), done),
  });
  globalThis.console = new Console(sink);
  return (text, done) => void write(text, done);
}

/** An options file that ends the process would end it as if nothing were wrong. Returns what allows the end. */
function refuseEarlyEnd(): () => void {
  const refuse = () => {
    process.exitCode = FAILED;
    process.stderr.write("express-autogpt: The options file ended the process before there was a report.\n");
  };
  process.once("exit", refuse);
  return () => void process.off("exit", refuse);
}

/** A driver without a listener for its errors would end the command, with all that the error holds. */
function noteStrayErrors(findings: Finding[]): void {
  process.on("uncaughtException", (error) => {
    findings.push({
      name: "options",
      ...failed(
        `The options file let an error pass: ${messageOf(error)}.`,
        'Mend it; a client of a store needs a listener, client.on("error", ...).',
      ),
    });
  });
}
