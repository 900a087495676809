import type { Candidates } from '../../plugin/candidates';

/** Keeps what passes; where nothing does, everything if `fallBack` is set, else nothing. */
export function retainOrFallBack(candidates: Candidates, fallBack: boolean, keep: (slot: number) => boolean): void {
  if (!fallBack || some(candidates, keep)) candidates.retain(keep);
}

/** Whether any candidate passes. */
export function some({ slots, size }: Candidates, passes: (slot: number) => boolean): boolean {
  for (let i = 0; i < size; i++) if (passes(slots[i] as number)) return true;
  return false;
}
