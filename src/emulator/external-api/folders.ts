import { randomUUID } from "node:crypto";
import type { v2 } from "../../api/schema.js";
import { notFound, Refusal } from "../answer.js";
import { toWire } from "../datetime.js";
import type { Caller, Handlers } from "./call.js";
import { readPage } from "./page.js";
import type { Folder } from "./workspace.js";

type Schemas = v2.components["schemas"];

/** @throws Refusal 404 */
export function findFolder({ workspace }: Pick<Caller, "workspace">, id: string): Folder {
  const folder = workspace.folders.get(id);
  if (!folder) throw notFound();
  return folder;
}

function childrenOf({ workspace }: Caller, parentId: string | null): Folder[] {
  return [...workspace.folders.values()].filter(({ parent_id }) => parent_id === parentId);
}

function countIn(caller: Caller, { id }: Folder) {
  const agents = [...caller.workspace.agents.values()].filter(({ folder_id }) => folder_id === id);
  return { agent_count: agents.length, subfolder_count: childrenOf(caller, id).length };
}

function toFolder(caller: Caller, folder: Folder): Schemas["LibraryFolder"] {
  return {
    ...caller.tenant,
    ...folder,
    ...countIn(caller, folder),
    created_at: toWire(folder.created_at),
    updated_at: toWire(folder.updated_at),
  };
}

function toTree(caller: Caller, folder: Folder): Schemas["LibraryFolderTree"] {
  const { id, name, icon, color } = folder;
  const children = childrenOf(caller, id).map((child) => toTree(caller, child));
  return { id, name, icon, color, ...countIn(caller, folder), children };
}

/** @throws Refusal 409 when another folder of the same parent has the name */
function refuseTaken(caller: Caller, name: string, parentId: string | null, self?: Folder): void {
  if (childrenOf(caller, parentId).some((folder) => folder !== self && folder.name === name)) {
    throw new Refusal(409, `A folder named '${name}' already exists here`);
  }
}

export const folderHandlers: Handlers<v2.operations> = {
  listFolders(call) {
    const { parent_id = null } = call.query;
    if (parent_id !== null) findFolder(call, parent_id);
    const page = readPage(childrenOf(call, parent_id), call.query);
    return { ...page, items: page.items.map((folder) => toFolder(call, folder)) };
  },

  createFolder(call) {
    const { name, icon = null, color = null, parent_id = null } = call.body;
    if (parent_id !== null) findFolder(call, parent_id);
    refuseTaken(call, name, parent_id);
    const { now } = call;
    const folder = { id: randomUUID(), name, icon, color, parent_id, created_at: now, updated_at: now };
    call.workspace.folders.set(folder.id, folder);
    return toFolder(call, folder);
  },

  getFolderTree(call) {
    const page = readPage(childrenOf(call, null), call.query);
    return { ...page, items: page.items.map((folder) => toTree(call, folder)) };
  },

  getFolder: (call) => toFolder(call, findFolder(call, call.path.folder_id)),

  updateFolder(call) {
    const folder = findFolder(call, call.path.folder_id);
    const { name, icon, color } = call.body;
    if (typeof name === "string") refuseTaken(call, name, folder.parent_id, folder);
    folder.name = name ?? folder.name;
    if (icon !== undefined) folder.icon = icon;
    if (color !== undefined) folder.color = color;
    folder.updated_at = call.now;
    return toFolder(call, folder);
  },

  deleteFolder(call) {
    deleteTree(call, findFolder(call, call.path.folder_id));
    return undefined;
  },

  moveFolder(call) {
    const folder = findFolder(call, call.path.folder_id);
    const { target_parent_id = null } = call.body;
    for (let id = target_parent_id; id !== null; id = findFolder(call, id).parent_id) {
      if (id === folder.id) throw new Refusal(400, "A folder cannot be moved into itself");
    }
    refuseTaken(call, folder.name, target_parent_id, folder);
    folder.parent_id = target_parent_id;
    folder.updated_at = call.now;
    return toFolder(call, folder);
  },
};

/** The agents of a deleted folder move to the root. */
function deleteTree(caller: Caller, { id }: Folder): void {
  for (const child of childrenOf(caller, id)) deleteTree(caller, child);
  for (const agent of caller.workspace.agents.values()) if (agent.folder_id === id) agent.folder_id = null;
  caller.workspace.folders.delete(id);
}
