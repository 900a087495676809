import { createRequire } from 'node:module';

/** What we use of `yaml`. */
interface Yaml {
  parseAllDocuments(text: string, options: { readonly version: '1.1' }): Iterable<YamlDocument>;
}

interface YamlDocument {
  readonly errors: readonly Error[];
  toJS(): unknown;
}

/**
 * The documents of a YAML text that may name an image, and all in JSON. The others are not read, and faults in them are not found: reading
 * YAML takes nearly all the time of the command, and memory for all that is read at once. Throws for what is no YAML.
 */
export function imageDocuments(text: string): readonly unknown[] {
  const yaml = yamlOfCdk8s();
  const parts = documentTexts(text).filter((part) => IN_BRACES.test(part) || NAMES_IMAGE.test(part));
  try {
    return parts.flatMap((part) => jsonOf(part) ?? valuesOf(part, yaml));
  } catch {
    // Of the whole, so that the message names the right line.
    return valuesOf(text, yaml);
  }
}

/** A name of a field, or a text in quotes that may become one. */
const NAMES_IMAGE = /image|\\/;
/** What stands before a document. */
const DASHES = /^---[ \t\r\n]/;
const IN_BRACES = /^(?:---[ \t\r\n])?\s*\{/;

/**
 * Three dashes at the begin of a line, with a space or line end of YAML behind them, end whatever stands before them. Directives stand
 * before the dashes of what they are for.
 */
function documentTexts(text: string): readonly string[] {
  return /^%/m.test(text) ? [text] : text.split(/(?<=\n)(?=---[ \t\r\n])/);
}

// The copy that wrote the files. `Yaml.load` of cdk8s starts a process for each file and takes broken YAML without a word.
function yamlOfCdk8s(): Yaml {
  return createRequire(require.resolve('cdk8s'))('yaml') as Yaml;
}

/** The one value of a document in JSON, which is YAML too, and read many times faster. Undefined for what YAML must look at. */
function jsonOf(text: string): readonly unknown[] | undefined {
  if (!IN_BRACES.test(text)) {
    return undefined;
  }
  try {
    const json = text.replace(DASHES, '');
    const value: unknown = JSON.parse(json);
    return keysIn(json) === keysOf(value) ? [value] : undefined;
  } catch {
    return undefined;
  }
}

/** How many keys are written in a JSON text: of a key that stands twice, which is no YAML, `JSON.parse` keeps the last. */
function keysIn(json: string): number {
  let count = 0;
  for (const [, colon] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g)) {
    count += colon === undefined ? 0 : 1;
  }
  return count;
}

function keysOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) {
    return 0;
  }
  const values = Object.values(value);
  return values.reduce<number>((sum, inner) => sum + keysOf(inner), Array.isArray(value) ? 0 : values.length);
}

function valuesOf(text: string, yaml: Yaml): readonly unknown[] {
  return [...yaml.parseAllDocuments(text, { version: '1.1' })].map((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      throw error;
    }
    const value = document.toJS();
    if (holdsItself(value)) {
      throw new Error('an alias stands inside of what it names');
    }
    return value;
  });
}

/** True for a value without an end, which an alias inside of its own anchor makes. */
function holdsItself(value: unknown, above: Set<unknown> = new Set()): boolean {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  if (above.has(value)) {
    return true;
  }
  above.add(value);
  const found = Object.values(value).some((inner) => holdsItself(inner, above));
  above.delete(value);
  return found;
}
