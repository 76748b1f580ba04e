import type { v2 } from "../../api/schema.js";
import type { Platform } from "../platform.js";
import { ownAgents } from "./data/own-agents.js";
import type { StoredFile } from "./files.js";
import { createGraph, type StoredGraph } from "./graph-store.js";
import type { StoredRun } from "./run-steps.js";
import { stableId } from "./stable-id.js";

type Schemas = v2.components["schemas"];

export interface LibraryAgent {
  readonly id: string;
  readonly graph_id: string;
  graph_version: number;
  readonly creator_name: string;
  is_favorite: boolean;
  is_archived: boolean;
  folder_id: string | null;
  readonly created_at: number;
  updated_at: number;
}

export interface Folder {
  readonly id: string;
  name: string;
  icon: string | null;
  color: string | null;
  parent_id: string | null;
  readonly created_at: number;
  updated_at: number;
}

/** A start under an Idempotency-Key. */
export interface KeyedStart {
  readonly fingerprint: string;
  readonly expires_at: number;
  /** Not there while the run is still starting. */
  run_id?: string;
}

/** Everything one user has. Things made by the user come after those of the start. */
export interface Workspace {
  readonly graphs: Map<string, StoredGraph>;
  readonly agents: Map<string, LibraryAgent>;
  readonly folders: Map<string, Folder>;
  readonly runs: Map<string, StoredRun>;
  readonly starts: Map<string, KeyedStart>;
  readonly files: Map<string, StoredFile>;
  readonly credentials: Map<string, Schemas["Credential"]>;
  readonly schedules: Map<string, Schemas["Schedule"]>;
  readonly submissions: Map<string, Schemas["Submission"]>;
  /** What the user has changed of their marketplace profile. */
  readonly profile: Partial<Schemas["MarketplaceProfile"]>;
}

/** When the first library agent came in; each other one a day later. */
const FIRST_DAY = Date.parse("2026-03-02T10:15:00Z");
const DAY = 24 * 60 * 60 * 1000;

/** The same object until the next reset. */
export function workspaceOf({ workspaces }: Platform, userId: string): Workspace {
  const workspace = workspaces.get(userId) ?? createWorkspace(userId);
  workspaces.set(userId, workspace);
  return workspace;
}

function createWorkspace(userId: string): Workspace {
  const workspace: Workspace = {
    graphs: new Map(),
    agents: new Map(),
    folders: new Map(),
    runs: new Map(),
    starts: new Map(),
    files: new Map(),
    credentials: new Map(),
    schedules: new Map(),
    submissions: new Map(),
    profile: {},
  };
  for (const [index, definition] of ownAgents.entries()) {
    const graph_id = stableId(`graph ${index} of ${userId}`);
    const created_at = FIRST_DAY + index * DAY;
    workspace.graphs.set(graph_id, createGraph(graph_id, definition, created_at));
    addAgent(workspace, { id: stableId(`library agent ${index} of ${userId}`), graph_id, created_at });
  }
  return workspace;
}

export function addAgent(
  workspace: Workspace,
  given: Pick<LibraryAgent, "id" | "graph_id" | "created_at"> & Partial<LibraryAgent>,
): LibraryAgent {
  const agent: LibraryAgent = {
    graph_version: 1,
    creator_name: "You",
    is_favorite: false,
    is_archived: false,
    folder_id: null,
    updated_at: given.created_at,
    ...given,
  };
  workspace.agents.set(agent.id, agent);
  return agent;
}
