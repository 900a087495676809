import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { compareText } from '../compare-text';
import { ImageError } from '../image-error';
import { whileLocked } from './while-locked';
import { writeAtomically } from './write-atomically';

/** Environment variable that names the file. */
export const LOCK_VARIABLE = 'CDK8S_LLM_D_IMAGE_LOCK';

/** The file in the working folder; meant to be committed. */
export const DEFAULT_LOCK = 'llm-d-images.lock.json';

/** Digests of what was pushed, by reference. */
export type Digests = Readonly<Record<string, string>>;

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Whether a text is the digest of an image. */
export const isDigest = (text: unknown): text is string => typeof text === 'string' && DIGEST.test(text);

/** Where digests are recorded. */
export function lockFile(cwd: string, env: Readonly<Record<string, string | undefined>>): string {
  return resolve(cwd, env[LOCK_VARIABLE] || DEFAULT_LOCK);
}

/**
 * The digests that are recorded; none when there is no file.
 * @throws ImageError when the file is none of ours
 */
export function readDigests(file: string): Digests {
  if (!existsSync(file)) return {};
  let content: { version?: unknown; digests?: unknown } | null;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ImageError(`${file} can not be read: ${(cause as Error).message}; repair it, or delete it and push again`, { cause });
  }
  const digests = content?.digests;
  const isObject = typeof digests === 'object' && digests !== null && !Array.isArray(digests);
  if (content?.version !== 1 || !isObject || !Object.values(digests).every(isDigest))
    throw new ImageError(`${file} is no record of digests in version 1; repair it, or delete it and push again`);
  return digests as Digests;
}

/**
 * Tells before anything is built and pushed that its digest could not be recorded.
 * @throws ImageError when the file is none of ours, or its folder can not be written to
 */
export function checkRecord(file: string): void {
  readDigests(file);
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (cause) {
    throw new ImageError(`digests can not be recorded in ${file}: ${(cause as Error).message}; set ${LOCK_VARIABLE} to another file`, {
      cause,
    });
  }
}

/**
 * Adds a digest to the file, whose other entries stay, those of another push at the same time too; sorted, so that two branches conflict
 * only where they differ.
 */
export function recordDigest(file: string, reference: string, digest: string): void {
  whileLocked(file, () => {
    const entries = Object.entries({ ...readDigests(file), [reference]: digest }).sort(([a], [b]) => compareText(a, b));
    writeAtomically(file, `${JSON.stringify({ version: 1, digests: Object.fromEntries(entries) }, null, 2)}\n`);
  });
}
