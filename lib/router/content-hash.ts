import { createHash } from 'node:crypto';
import { derivedPlaceholder, hasPlaceholder } from '../util/placeholder';

/**
 * Digest of a text for a pod annotation: the pods roll when it changes. 32 of 64 hex digits, which no two versions will share.
 *
 * Of a text with values that are only known at deployment it is the digest of what is deployed, computed there: pods roll when such
 * a value changes, and only then.
 */
export function contentHash(text: string): string {
  return hasPlaceholder(text)
    ? derivedPlaceholder('content-hash', text, contentHash)
    : createHash('sha256').update(text).digest('hex').slice(0, 32);
}
