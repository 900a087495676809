import { CODES, type Code, type MessageParams, renderMessage } from './codes';

/**
 * An error that this library throws on a single bad value, at once and before anything is written.
 *
 * `message` reads `CODE [construct path] what was given, what is allowed, what to change`.
 */
export class LlmdError extends Error {
  /** Stable code, e.g. `LLMD101`; `docs/rules.md` explains each. */
  readonly code: Code;
  /** The sentence without code and path. */
  readonly detail: string;
  /** Path of the construct whose constructor threw; empty for a value made outside of any construct. */
  readonly path: string;

  constructor(code: Code, detail: string, path = '') {
    super(path === '' ? `${code} ${detail}` : `${code} [${path}] ${detail}`);
    this.name = 'LlmdError';
    this.code = code;
    this.detail = detail;
    this.path = path;
  }
}

/** Throws the error of one code, its sentence filled from the table. */
export function fail<C extends Code>(code: C, params: MessageParams<C>): never {
  throw new LlmdError(code, renderMessage(code, params));
}

/** Like {@link fail}, when `condition` does not hold. */
export function ensure<C extends Code>(condition: boolean, code: C, params: MessageParams<C>): asserts condition {
  if (!condition) {
    fail(code, params);
  }
}

/** Runs `build`; an error of ours that has no construct path yet gets `path`. */
export function atPath<T>(path: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof LlmdError && error.path === '') {
      throw new LlmdError(error.code, error.detail, path);
    }
    throw error;
  }
}

/** Documentation anchor of a code, relative to the repository. */
export function anchorOf(code: Code): string {
  return `docs/rules.md#${code.toLowerCase()}-${CODES[code].slug}`;
}
