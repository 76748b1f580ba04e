/** How much of a query stands in a text: 0 for none of its words, 1 for all. */
export function score(text: string, query: string): number {
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length === 0) return 0;
  const searched = text.toLowerCase();
  return words.filter((word) => searched.includes(word)).length / words.length;
}
