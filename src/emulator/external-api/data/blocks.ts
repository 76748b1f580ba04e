import type { v2 } from "../../../api/schema.js";

/** A building block, in the words of v2. */
export type EmulatedBlock = v2.components["schemas"]["Block"];

const BASIC = { category: "BASIC", description: "Block that performs basic operations." };
const INPUT = { category: "INPUT", description: "Block that interacts with input of the graph." };
const OUTPUT = { category: "OUTPUT", description: "Block that interacts with output of the graph." };
const TEXT = { category: "TEXT", description: "Block that processes text data." };
const SEARCH = {
  category: "SEARCH",
  description: "Block that searches or extracts information from the internet.",
};
const AI = { category: "AI", description: "Block that leverages AI to perform a task." };

function schema(properties: Record<string, { type: string; description: string }>, required: string[] = []) {
  return { type: "object", properties, required };
}

function block(
  block_type: EmulatedBlock["block_type"],
  number: number,
  name: string,
  description: string,
  categories: EmulatedBlock["categories"],
  input_schema: EmulatedBlock["input_schema"],
  output_schema: EmulatedBlock["output_schema"],
  costs: EmulatedBlock["costs"] = [],
): EmulatedBlock {
  return {
    id: `b10c0000-0000-4000-a000-${String(number).padStart(12, "0")}`,
    name,
    description,
    categories,
    contributors: [{ name: "AutoGPT emulator" }],
    input_schema,
    output_schema,
    static_output: block_type === "INPUT",
    block_type,
    costs,
  };
}

const value = { type: "string", description: "The value" };
const answer = { type: "string", description: "The answer" };

/** Believable, fixed, and of several kinds; ids and texts are the emulator's own. */
export const blocks: readonly EmulatedBlock[] = [
  block(
    "INPUT",
    1,
    "AgentInputBlock",
    "Takes a value when the agent starts.",
    [INPUT, BASIC],
    schema({ name: { type: "string", description: "The name of the input" }, value }, ["name"]),
    schema({ result: value }),
  ),
  block(
    "OUTPUT",
    2,
    "AgentOutputBlock",
    "Hands a value back when the agent ends.",
    [OUTPUT, BASIC],
    schema({ name: { type: "string", description: "The name of the output" }, value }, ["name", "value"]),
    schema({ output: value }),
  ),
  block(
    "STANDARD",
    3,
    "StoreValueBlock",
    "Keeps a value for the blocks that follow.",
    [BASIC],
    schema({ input: value }, ["input"]),
    schema({ output: value }),
  ),
  block(
    "STANDARD",
    4,
    "FillTextTemplateBlock",
    "Fills the gaps of a text with values.",
    [TEXT],
    schema(
      {
        format: { type: "string", description: "The text with gaps" },
        values: { type: "object", description: "What goes into the gaps" },
      },
      ["format", "values"],
    ),
    schema({ output: value }),
  ),
  block(
    "STANDARD",
    5,
    "SearchTheWebBlock",
    "Searches the web.",
    [SEARCH],
    schema({ query: { type: "string", description: "What to look for" } }, ["query"]),
    schema({ results: answer, error: { type: "string", description: "Why it failed" } }),
    [{ cost_type: "run", cost_filter: {}, cost_cents: 1 }],
  ),
  block(
    "AI",
    6,
    "AITextGeneratorBlock",
    "Lets a language model write a text.",
    [AI, TEXT],
    schema({ prompt: { type: "string", description: "What to write" } }, ["prompt"]),
    schema({ response: answer, error: { type: "string", description: "Why it failed" } }),
    [
      { cost_type: "run", cost_filter: { model: "small" }, cost_cents: 1 },
      { cost_type: "run", cost_filter: { model: "large" }, cost_cents: 5 },
    ],
  ),
];
