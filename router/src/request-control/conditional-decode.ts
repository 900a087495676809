import type { DataProducer, Plugin } from '../plugin/plugins';
import type { InferenceRequest } from '../plugin/request';
import type { Named } from './pipeline';

const TOKEN = 'if-available';

/** Whether `Prefer` asks to serve the request only where its prompt is cached: a list of tokens, whose parameters do not matter. */
export function wantsCachedPrefix(prefer: string | undefined): boolean {
  if (prefer === undefined || prefer === '') return false;
  return prefer.split(',').some((preference) => preference.split(';', 1)[0]?.trim().toLowerCase() === TOKEN);
}

/** Whether the picked endpoint holds at least one block of the prompt, by the word of any producer of matches. */
export function hasCachedPrefix(request: InferenceRequest, producers: readonly Named<DataProducer>[]): boolean {
  const { target } = request;
  if (target === undefined) return false;
  return producers.some(({ name }: Named<Plugin>) => {
    const match = request.get('PrefixCacheMatchInfo', name);
    return match !== undefined && (match.matchBlocks[target.slot] ?? 0) > 0;
  });
}
