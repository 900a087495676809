import type { RouterSchemaVersion } from '../routing/render-config';
import { ensure } from '../validation/error';
import { RELEASES } from '../versions';

/** Versions of the EndpointPickerConfig that we can write, oldest first; a router reads the newest that is not newer than itself. */
const SCHEMA_VERSIONS = ['v0.9.0', 'v0.10.0'] as const satisfies readonly RouterSchemaVersion[];

const VERSION = /^v(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?$/;

/**
 * The EndpointPickerConfig that a router of this version reads: `v0.9.1` reads that of `v0.9.0`, `main` the newest. Throws LLMD542 when
 * `version` is none, or is older than all that we can write.
 */
export function schemaVersionOf(version: string): RouterSchemaVersion {
  const [newest, ...older] = [...SCHEMA_VERSIONS].reverse() as [RouterSchemaVersion, ...RouterSchemaVersion[]];
  if (version === 'main') {
    return newest;
  }
  const readable = [newest, ...older].find((schema) => VERSION.test(version) && compare(version, schema) >= 0);
  ensure(readable !== undefined, 'LLMD542', {
    given: version,
    oldest: SCHEMA_VERSIONS[0],
    example: RELEASES['2026.06'].upstreamRouter.version,
  });
  return readable;
}

// A release candidate counts as its release: flags and plugins are those of the branch.
function compare(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)];
  const index = left.findIndex((part, at) => part !== right[at]);
  return index === -1 ? 0 : (left[index] as number) - (right[index] as number);
}

function numbers(version: string): readonly number[] {
  return (VERSION.exec(version) ?? []).slice(1, 4).map(Number);
}
