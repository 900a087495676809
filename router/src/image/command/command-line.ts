import { parseArgs } from 'node:util';
import { UsageError } from './io';

/** What to do with the images. */
export const ACTIONS = ['build', 'push', 'inspect'] as const;

/** One of {@link ACTIONS}. */
export type Action = (typeof ACTIONS)[number];

/** A call of the command. */
export interface CommandLine {
  readonly action: Action;
  /** The manifest of a synth; undefined when the options themselves say what to build, or nothing does. */
  readonly manifest: string | undefined;
  /** True when an option says what to build: a manifest that happens to lie there is not meant then. */
  readonly isNamed: boolean;
  readonly registry: string | undefined;
  readonly tag: string | undefined;
  readonly plugins: readonly string[];
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly platforms: readonly string[] | undefined;
  readonly target: string | undefined;
  readonly builder: string | undefined;
  readonly load: boolean;
  readonly ifAbsent: boolean;
  readonly insecure: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

const OPTIONS = {
  manifest: { type: 'string' },
  registry: { type: 'string' },
  tag: { type: 'string' },
  plugin: { type: 'string', multiple: true },
  'build-arg': { type: 'string', multiple: true },
  platform: { type: 'string', multiple: true },
  target: { type: 'string' },
  builder: { type: 'string' },
  load: { type: 'boolean' },
  'if-absent': { type: 'boolean' },
  insecure: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const NAMING = ['registry', 'tag', 'plugin', 'build-arg', 'platform', 'target'] as const;

/** Options that only some actions have. */
const ONLY: Readonly<Record<string, readonly Action[]>> = {
  builder: ['build', 'push'],
  'dry-run': ['build', 'push'],
  load: ['build'],
  'if-absent': ['push'],
  json: ['inspect'],
};

/**
 * Reads what follows the word `image`.
 * @throws UsageError for what the command does not know
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const { values, positionals } = parse(argv);
  const [action, ...more] = positionals;
  if (!ACTIONS.includes(action as Action)) {
    throw new UsageError(`${action === undefined ? 'say what to do' : `there is no "image ${action}"`}: ${ACTIONS.join(', ')}`);
  }
  if (more.length > 0) throw new UsageError(`"${more.join(' ')}" is too much: image ${action} takes options only`);
  for (const [name, actions] of Object.entries(ONLY)) {
    if (values[name as keyof typeof OPTIONS] !== undefined && !actions.includes(action as Action)) {
      throw new UsageError(`--${name} is for image ${actions.join(' and ')} only`);
    }
  }
  const naming = NAMING.filter((name) => values[name] !== undefined);
  if (values.manifest !== undefined && naming.length > 0) {
    throw new UsageError(`--manifest says what to build, and so does --${naming.join(', --')}: leave one of them out`);
  }
  return {
    action: action as Action,
    manifest: values.manifest,
    isNamed: naming.length > 0,
    registry: values.registry,
    tag: values.tag,
    plugins: values.plugin ?? [],
    buildArgs: Object.fromEntries((values['build-arg'] ?? []).map(splitBuildArg)),
    platforms: values.platform?.flatMap((list) => list.split(',')).map((platform) => platform.trim()),
    target: values.target,
    builder: values.builder,
    load: values.load === true,
    ifAbsent: values['if-absent'] === true,
    insecure: values.insecure === true,
    dryRun: values['dry-run'] === true,
    json: values.json === true,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function splitBuildArg(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new UsageError(`--build-arg ${text} has no value: write --build-arg NAME=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}
