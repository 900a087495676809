import { anything } from '../schema';

/** Only the older precise-prefix-cache-scorer brings its own tokenizers; their fields live in another upstream module. */
export const legacyTokenizersPool = {
  tokenizersPoolConfig: anything({ deprecated: 'configure a token-producer plugin instead' }),
} as const;
