import { stableId } from "../stable-id.js";
import { type AgentDefinition, defineAgent, type InputField, toTitle } from "./agent-definition.js";

/** An agent on the emulated marketplace. */
export interface Listing {
  readonly slug: string;
  readonly creator: string;
  readonly sub_heading: string;
  readonly categories: readonly string[];
  readonly runs: number;
  readonly rating: number;
  readonly featured: boolean;
  readonly last_updated: string;
  readonly version_id: string;
  readonly graph_id: string;
  readonly definition: AgentDefinition;
}

export interface Creator {
  readonly username: string;
  readonly name: string;
  readonly description: string;
  readonly featured: boolean;
}

export const creators: readonly Creator[] = Object.freeze([
  {
    username: "northwind",
    name: "Northwind Labs",
    description: "Agents for marketing teams.",
    featured: true,
  },
  { username: "paperclip", name: "Paperclip Studio", description: "Agents for the office.", featured: false },
  { username: "sagesource", name: "Sage Source", description: "Agents that look things up.", featured: true },
  { username: "workbench", name: "The Workbench", description: "Agents for developers.", featured: false },
]);

function text(description: string): Omit<InputField, "title"> {
  return { type: "string", description };
}

function list(
  creator: string,
  name: string,
  sub_heading: string,
  categories: readonly string[],
  [runs, rating, last_updated, featured = false]: readonly [number, number, string, boolean?],
  inputs: Readonly<Record<string, Omit<InputField, "title">>>,
  outputs: AgentDefinition["outputs"],
): Listing {
  const slug = name.toLowerCase().replaceAll(" ", "-");
  const titled = Object.entries(inputs).map(([key, field]) => [key, { title: toTitle(key), ...field }]);
  return {
    slug,
    creator,
    sub_heading,
    categories,
    runs,
    rating,
    featured,
    last_updated: `${last_updated}T09:30:00Z`,
    version_id: stableId(`listing ${creator}/${slug}`),
    graph_id: stableId(`graph ${creator}/${slug}`),
    definition: defineAgent({
      name,
      description: `${sub_heading}. One of the examples of the AutoGPT emulator.`,
      inputs: Object.fromEntries(titled),
      outputs,
    }),
  };
}

/** Believable, fixed and searchable; names, numbers and texts are the emulator's own. */
export const listings: readonly Listing[] = Object.freeze([
  list(
    "northwind",
    "Blog Post Writer",
    "Turns a topic into a blog post",
    ["writing", "marketing"],
    [18_240, 4.6, "2026-05-12", true],
    { topic: text("What to write about"), tone: { ...text("How it sounds"), default: "friendly" } },
    { post: "A {tone} post about {topic}." },
  ),
  list(
    "northwind",
    "Social Media Planner",
    "Plans a week of posts for your channels",
    ["marketing"],
    [9_310, 4.2, "2026-04-02"],
    { product: text("What is promoted") },
    { plan: "Seven posts about {product}." },
  ),
  list(
    "northwind",
    "Product Name Finder",
    "Finds names for a product and checks their domains",
    ["marketing", "business"],
    [2_115, 3.9, "2026-01-20"],
    { product: text("What needs a name") },
    { names: "Three names for {product}." },
  ),
  list(
    "paperclip",
    "Meeting Notes Cleaner",
    "Makes tasks and decisions out of meeting notes",
    ["productivity"],
    [12_480, 4.8, "2026-06-30", true],
    { notes: text("The raw notes") },
    { tasks: "Tasks from: {notes}", decisions: "Decisions from: {notes}" },
  ),
  list(
    "paperclip",
    "Invoice Reader",
    "Reads the amounts out of an invoice",
    ["productivity", "business"],
    [7_002, 4.4, "2026-03-14"],
    { invoice: { ...text("The file"), format: "file" } },
    { total: "The total of {invoice}." },
  ),
  list(
    "paperclip",
    "Email Reply Assistant",
    "Drafts replies in your own words",
    ["productivity", "writing"],
    [15_730, 4.5, "2026-06-01"],
    { email: text("What to reply to") },
    { reply: "Thank you for: {email}" },
  ),
  list(
    "sagesource",
    "Market Research Report",
    "Compares competitors and writes a report",
    ["research", "business"],
    [21_900, 4.7, "2026-07-08", true],
    { market: text("Which market") },
    { report: "The competitors in {market}." },
  ),
  list(
    "sagesource",
    "News Digest",
    "Collects the news about a subject every morning",
    ["research"],
    [5_640, 4.1, "2026-02-11"],
    { subject: text("What to follow") },
    { digest: "The news about {subject}." },
  ),
  list(
    "sagesource",
    "Paper Explainer",
    "Explains a scientific paper in plain words",
    ["research", "education"],
    [3_870, 4.9, "2026-05-29"],
    { paper: text("Title or address") },
    { explanation: "What {paper} says." },
  ),
  list(
    "workbench",
    "Bug Report Triage",
    "Sorts bug reports and finds duplicates",
    ["development"],
    [4_420, 4.3, "2026-04-25"],
    { report: text("The bug report") },
    { severity: "The severity of: {report}" },
  ),
  list(
    "workbench",
    "Release Notes Writer",
    "Writes release notes from a list of commits",
    ["development", "writing"],
    [6_190, 4.6, "2026-06-18"],
    { commits: text("One a line") },
    { notes: "What changed: {commits}" },
  ),
  list(
    "workbench",
    "Test Data Maker",
    "Makes up test data by a JSON Schema",
    ["development"],
    [1_280, 3.8, "2026-01-05"],
    { schema: text("The JSON Schema"), rows: { type: "integer", description: "How many", default: 10 } },
    { data: "{rows} rows for {schema}." },
  ),
]);
