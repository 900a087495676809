import type { MediaFeature } from '../plugin/data';
import { isJsonObject } from './json-body';

const modalities = ['image', 'audio', 'video'] as const;

const whole = (value: unknown): number => (typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0);

/**
 * Media items of a `features` object as vLLM writes it: `mm_hashes` and `mm_placeholders`, lists by modality. Items without a hash or
 * a range are left out; the rest comes in prompt order.
 */
export function mediaFeatures(features: unknown): readonly MediaFeature[] {
  if (!isJsonObject(features)) return [];
  const { mm_hashes: hashes, mm_placeholders: ranges } = features;
  if (!isJsonObject(hashes) || !isJsonObject(ranges)) return [];
  const found: MediaFeature[] = [];
  for (const modality of modalities) {
    const names = hashes[modality];
    const places = ranges[modality];
    if (!Array.isArray(names) || !Array.isArray(places)) continue;
    for (let i = 0; i < Math.min(names.length, places.length); i++) {
      const place: unknown = places[i];
      if (typeof names[i] !== 'string' || !isJsonObject(place)) continue;
      found.push({ modality, hash: names[i], offset: whole(place.offset), length: whole(place.length) });
    }
  }
  return found.sort((a, b) => a.offset - b.offset);
}
