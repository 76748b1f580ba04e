import type { v2 } from "../../api/schema.js";
import { notFound } from "../answer.js";
import type { Handlers } from "./call.js";
import { type Creator, creators, type Listing, listings } from "./data/listings.js";
import { readPage } from "./page.js";
import { score } from "./text-score.js";

type Schemas = v2.components["schemas"];

export interface ListingFilter {
  readonly featured?: boolean;
  readonly creator?: string;
  readonly category?: string;
  readonly search_query?: string;
  readonly sorted_by?: "rating" | "runs" | "name" | "updated_at";
}

/** The best first with a search, which ignores `sorted_by`; by runs otherwise. */
export function findListings(filter: ListingFilter): Listing[] {
  const { featured = false, creator, category, search_query, sorted_by = "runs" } = filter;
  const found = listings
    .filter((listing) => !featured || listing.featured)
    .filter((listing) => creator === undefined || listing.creator === creator.toLowerCase())
    .filter(({ categories }) => category === undefined || categories.includes(category.toLowerCase()));
  if (search_query !== undefined && search_query.trim() !== "") {
    return rank(found, (listing) => score(textOf(listing), search_query));
  }
  return found.toSorted((a, b) => {
    if (sorted_by === "name") return a.definition.name < b.definition.name ? -1 : 1;
    if (sorted_by === "updated_at") return a.last_updated < b.last_updated ? 1 : -1;
    return b[sorted_by] - a[sorted_by];
  });
}

export function textOf({ definition, sub_heading, creator, categories }: Listing): string {
  return [definition.name, sub_heading, definition.description, creator, ...categories].join(" ");
}

function rank<T>(items: readonly T[], scoreOf: (item: T) => number): T[] {
  return items
    .map((item) => ({ item, score: scoreOf(item) }))
    .filter((scored) => scored.score > 0)
    .toSorted((a, b) => b.score - a.score)
    .map(({ item }) => item);
}

/** @throws Refusal 404; both names are compared in lower case */
export function findListing(username: string, slug: string): Listing {
  const found = listings.find(
    (listing) => listing.creator === username.toLowerCase() && listing.slug === slug.toLowerCase(),
  );
  if (!found) throw notFound();
  return found;
}

export function avatarOf(username: string): string {
  return `https://storage.example.com/avatars/${username}.png`;
}

export function imageOf({ creator, slug }: Listing): string {
  return `https://storage.example.com/agents/${creator}/${slug}.png`;
}

function toAgent(listing: Listing): Schemas["MarketplaceAgent"] {
  const { slug, definition, sub_heading, creator, runs, rating } = listing;
  return {
    slug,
    name: definition.name,
    description: definition.description,
    sub_heading,
    creator,
    creator_avatar: avatarOf(creator),
    runs,
    rating,
    image_url: imageOf(listing),
  };
}

export function toDetails(listing: Listing): Schemas["MarketplaceAgentDetails"] {
  return {
    ...toAgent(listing),
    store_listing_version_id: listing.version_id,
    versions: [1],
    instructions: listing.definition.instructions,
    categories: [...listing.categories],
    image_urls: [imageOf(listing)],
    video_url: null,
    agent_output_demo_url: "",
    recommended_schedule_cron: listing.definition.recommended_schedule_cron,
    graph_id: listing.graph_id,
    graph_versions: [1],
    last_updated: listing.last_updated,
  };
}

export interface CreatorFilter {
  readonly featured?: boolean;
  readonly search_query?: string;
  readonly sorted_by?: "agent_rating" | "agent_runs" | "num_agents";
}

export function findCreators(filter: CreatorFilter): Schemas["MarketplaceCreator"][] {
  const { featured = false, search_query, sorted_by = "agent_runs" } = filter;
  const found = creators
    .filter((creator) => !featured || creator.featured)
    .filter(({ username, name, description }) => {
      return !search_query?.trim() || score(`${username} ${name} ${description}`, search_query) > 0;
    });
  return found.map(toCreator).toSorted((a, b) => b[sorted_by] - a[sorted_by]);
}

function toCreator({ username, name, description, featured }: Creator): Schemas["MarketplaceCreator"] {
  const own = listings.filter(({ creator }) => creator === username);
  const rating = own.reduce((sum, listing) => sum + listing.rating, 0) / own.length;
  return {
    name,
    username,
    description,
    links: [`https://${username}.example.com`],
    avatar_url: avatarOf(username),
    is_featured: featured,
    num_agents: own.length,
    agent_runs: own.reduce((sum, { runs }) => sum + runs, 0),
    agent_rating: Math.round(rating * 100) / 100,
    top_categories: [...new Set(own.flatMap(({ categories }) => categories))],
  };
}

/** @throws Refusal 404 */
export function findCreator(username: string): Schemas["MarketplaceCreator"] {
  const found = creators.find((creator) => creator.username === username.toLowerCase());
  if (!found) throw notFound();
  return toCreator(found);
}

export const marketplaceHandlers: Handlers<v2.operations> = {
  listMarketplaceAgents(call) {
    const page = readPage(findListings(call.query), call.query);
    return { ...page, items: page.items.map(toAgent) };
  },

  getMarketplaceAgentByVersion(call) {
    const found = listings.find(({ version_id }) => version_id === call.path.version_id);
    if (!found) throw notFound();
    return toDetails(found);
  },

  getMarketplaceAgent: ({ path }) => toDetails(findListing(path.username, path.agent_name)),

  listCreators: (call) => readPage(findCreators(call.query), call.query),

  getCreator: ({ path }) => findCreator(path.username),
};
