/**
 * Score of an endpoint by its cached prefix, 0 to 1: `weight` of it by the length of the match, squared, the rest by its share of the
 * prompt. Source: llm-d-router v0.10.0, `scorer/prefix`.
 */
export function prefixScore(
  matchBlocks: number,
  totalBlocks: number,
  blockSizeTokens: number,
  weight: number,
  scaleTokens: number,
): number {
  if (totalBlocks <= 0 || matchBlocks <= 0) return 0;
  const share = matchBlocks / totalBlocks;
  if (weight <= 0) return share;
  const length = Math.min(1, (matchBlocks * blockSizeTokens) / scaleTokens);
  return weight * length * length + (1 - weight) * share;
}
