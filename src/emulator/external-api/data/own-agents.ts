import { defineAgent } from "./agent-definition.js";

/** What every user has in the library at the start, the oldest first: one for each way a run can end. */
export const ownAgents = Object.freeze([
  defineAgent({
    name: "Summarize a text",
    description: "Shortens a text to its main points. Its runs complete.",
    inputs: {
      text: { type: "string", title: "Text", description: "What to shorten" },
      sentences: { type: "integer", title: "Sentences", description: "How many at most", default: 3 },
    },
    outputs: { summary: "In {sentences} sentences: {text}" },
  }),
  defineAgent({
    name: "Research a topic",
    description: "Collects sources about a topic and writes a report. Its runs complete.",
    recommended_schedule_cron: "0 8 * * 1",
    inputs: {
      topic: { type: "string", title: "Topic", description: "What to look into" },
      depth: {
        type: "string",
        title: "Depth",
        description: "How far to go",
        enum: ["short", "long"],
        default: "short",
      },
    },
    outputs: { report: "A {depth} report about {topic}.", sources: "https://example.com/?about={topic}" },
  }),
  defineAgent({
    name: "Draft a newsletter",
    description: "Writes a newsletter and asks a person before it goes out. Its runs wait in REVIEW.",
    instructions: "Look at the draft before you approve it.",
    inputs: {
      subject: { type: "string", title: "Subject", description: "What the newsletter is about" },
      audience: { type: "string", title: "Audience", description: "Who reads it", default: "customers" },
    },
    outputs: { newsletter: "{payload}" },
    ending: {
      kind: "asks",
      instructions: "Approve the newsletter, or change it first",
      payload: "Dear {audience}, news about {subject}.",
    },
  }),
  defineAgent({
    name: "Check a website",
    description: "Opens a page that never answers. Its runs fail.",
    inputs: {
      url: { type: "string", title: "URL", description: "The page to open", format: "uri" },
    },
    outputs: { status: "{url} is up" },
    ending: { kind: "fails", error: "The page did not answer within 30 seconds" },
  }),
  defineAgent({
    name: "Describe a file",
    description: "Says what is in a workspace file. Its runs complete.",
    inputs: {
      file: { type: "string", title: "File", description: "A workspace file", format: "file" },
    },
    outputs: { description: "The file {file} was read." },
  }),
  defineAgent({
    name: "Watch a repository",
    description: "Writes down what is new in a GitHub repository; needs a GitHub credential.",
    recommended_schedule_cron: "0 9 * * *",
    inputs: {
      repository: { type: "string", title: "Repository", description: "owner/name" },
    },
    outputs: { changes: "Nothing new in {repository}." },
    credentials: [
      {
        field_name: "github_credentials",
        provider: "github",
        supported_types: ["api_key", "oauth2"],
        required_scopes: ["repo"],
      },
    ],
  }),
]);
