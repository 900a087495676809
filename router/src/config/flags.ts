import { checkRouterFlags, type FlagSpec, flagCatalog, formatIssue, parseGoDuration, parseQuantity } from 'llm-d-epp-config';

/** Values of all flags by name, as text; lists have commas. */
export type FlagTexts = ReadonlyMap<string, string>;

/** The command line is wrong; the message has a line for each mistake. */
export class FlagError extends Error {}

const specs: ReadonlyMap<string, FlagSpec> = new Map(flagCatalog.map((spec) => [spec.name, spec]));

/** Repeated values of these are joined; of all others the last one counts. */
const isList = (spec: FlagSpec | undefined): boolean => spec?.type === 'int-list' || spec?.type === 'string-list';

/** Reads arguments as Go's pflag does: `--name=value`, `--name value`, `--bool`, `-v=3`, `-v 3`, `-v3`. */
function readArguments(args: readonly string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] as string;
    const match = /^(?:--([^=]+)|-(v)(?==|$|\d))(?:=?(.*))$/s.exec(argument);
    if (match === null) {
      throw new FlagError(`unexpected argument ${JSON.stringify(argument)}: flags are written --name=value`);
    }
    const name = (match[1] ?? match[2]) as string;
    const spec = specs.get(name);
    const inline = argument.includes('=') || match[3] !== '' ? match[3] : undefined;
    let value = inline;
    if (value === undefined && spec?.type === 'bool') value = 'true';
    if (value === undefined) {
      value = args[++i];
      if (value === undefined && spec !== undefined) throw new FlagError(`flag --${name} needs a value`);
    }
    given.set(name, isList(spec) && given.has(name) ? `${given.get(name)},${value}` : (value ?? ''));
  }
  return given;
}

/** The flags of a process: names, defaults and checks are those of the flag catalog. */
export class Flags {
  private constructor(
    private readonly given: FlagTexts,
    readonly warnings: readonly string[],
  ) {}

  /** @throws FlagError for unknown flags, wrong values and combinations that can not work */
  static parse(args: readonly string[]): Flags {
    const given = readArguments(args);
    const { issues } = checkRouterFlags(Object.fromEntries(given));
    const errors = issues.filter((issue) => issue.severity === 'error');
    if (errors.length > 0) throw new FlagError(errors.map(formatIssue).join('\n'));
    return new Flags(given, issues.map(formatIssue));
  }

  text(name: string): string {
    return this.given.get(name) ?? this.spec(name).default;
  }

  flag(name: string): boolean {
    return ['1', 't', 'true'].includes(this.text(name).toLowerCase());
  }

  integer(name: string): number {
    return Number.parseInt(this.text(name), 10);
  }

  /** Milliseconds. */
  duration(name: string): number {
    return parseGoDuration(this.text(name)) as number;
  }

  /** Bytes; undefined when the flag is empty. */
  size(name: string): number | undefined {
    const text = this.text(name).replace(/B$/, '');
    return text === '' ? undefined : parseQuantity(text);
  }

  list(name: string): readonly string[] {
    return this.text(name)
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }

  private spec(name: string): FlagSpec {
    const spec = specs.get(name);
    if (spec === undefined) throw new Error(`the flag catalog has no ${name}`);
    return spec;
  }
}

/** What `--help` prints: a line for each flag. */
export function usage(): string {
  const rows = flagCatalog.filter((spec) => spec.refused === undefined && spec.removedIn === undefined);
  const lines = rows.map(({ name, type, default: fallback, summary }) => {
    const shown = fallback === '' ? '' : ` (default ${fallback})`;
    return `  --${name} ${type}\n        ${summary}${shown}`;
  });
  return `Usage: llm-d-epp [flags]\n\nThe endpoint picker of llm-d: an Envoy ext-proc server.\n\n${lines.join('\n')}\n`;
}
