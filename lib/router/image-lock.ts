import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isRecord } from '../util/check';
import { fail } from '../validation/error';
import { isDigest } from '../values/image';

/** Environment variable that names the record of digests; a relative path starts at the working folder. */
export const LOCK_VARIABLE = 'CDK8S_LLM_D_IMAGE_LOCK';
/** The record when the variable is not set: in the working folder, and meant to be committed. */
export const LOCK_FILE = 'llm-d-images.lock.json';
/** Version of the record that this library reads. */
const LOCK_VERSION = 1;

type Digests = ReadonlyMap<string, string>;

/** The last text of each record and what it says; a file that has changed since is read again. */
const parsed = new Map<string, { readonly text: string; readonly digests: Digests }>();

/**
 * The digest under which `image push` pushed this reference, undefined when it did not: a digest of another tag or registry says nothing.
 * Throws LLMD575 when the record is there and cannot be read.
 */
export function pushedDigest(reference: string): string | undefined {
  const given = process.env[LOCK_VARIABLE] ?? '';
  const file = resolve(given === '' ? LOCK_FILE : given);
  const text = read(file);
  if (text === undefined) {
    return undefined;
  }
  const known = parsed.get(file);
  const digests = known?.text === text ? known.digests : parse(file, text);
  parsed.set(file, { text, digests });
  return digests.get(reference);
}

/** Before the first push there is no record. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : fail('LLMD575', { file, problem: message });
  }
}

function parse(file: string, text: string): Digests {
  const problem = (what: string): never => fail('LLMD575', { file, problem: what });
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (error) {
    problem((error as Error).message);
  }
  const { version, digests } = isRecord(record) ? record : problem('it is no JSON object');
  if (version !== LOCK_VERSION) {
    problem(`its version is ${JSON.stringify(version)}, this library reads version ${LOCK_VERSION}`);
  }
  const entries = Object.entries(isRecord(digests) ? digests : problem('`digests` is no object'));
  for (const [reference, digest] of entries) {
    if (!isDigest(digest)) {
      problem(`the digest of "${reference}" is ${JSON.stringify(digest)}, not "sha256:" and 64 hex digits`);
    }
  }
  return new Map(entries as [string, string][]);
}
