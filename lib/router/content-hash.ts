import { createHash } from 'node:crypto';

/** Digest of a text for a pod annotation: the pods roll when it changes. 32 of 64 hex digits, which no two versions will share. */
export function contentHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
