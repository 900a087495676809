import { type FlagSpec, flagCatalog } from '../catalog/flag-catalog';
import { parseGoBool, parseGoDuration, parseQuantity } from '../go-values';
import { type EppConfigIssue, IssueCollector } from '../issues';
import { alternatives, show } from '../json';
import { describeAvailability, isKnownIn, newestRouterVersion, type RouterVersion, unknownVersion } from '../versions';

/** Value of a flag: text as on the command line, or what it stands for. */
export type FlagValue = string | number | boolean | readonly (string | number)[];

/** What flags are checked against. */
export interface FlagOptions {
  /**
   * Router version that will read the flags.
   * @default 'main'
   */
  readonly version?: RouterVersion;
}

const tlsVersions = ['VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13'] as const;
const flagsByName: ReadonlyMap<string, FlagSpec> = new Map(flagCatalog.map((spec) => [spec.name, spec]));

/**
 * Checks the flags of a router by their names without dashes: unknown and refused flags, values, and the combinations that
 * stop the router at start.
 */
export function checkRouterFlags(
  flags: Readonly<Record<string, FlagValue>>,
  options: FlagOptions = {},
): { readonly issues: readonly EppConfigIssue[] } {
  const issues = new IssueCollector();
  const version = options.version ?? newestRouterVersion;
  const unknown = unknownVersion(version);
  if (unknown !== undefined) {
    issues.add('EPP005', '', unknown);
    return { issues: issues.issues };
  }
  for (const [name, value] of Object.entries(flags)) checkFlag(issues, version, name, value);
  checkCombinations(issues, (name) => (Object.hasOwn(flags, name) ? flags[name] : undefined));
  return { issues: issues.issues };
}

function checkFlag(issues: IssueCollector, version: RouterVersion, name: string, value: FlagValue): void {
  const path = `--${name}`;
  const spec = flagsByName.get(name);
  if (spec === undefined) {
    issues.add('EPP090', path, `unknown flag ${show(name)}${issues.suggest(name, flagsByName.keys()) || ', remove it'}`);
  } else if (!isKnownIn(spec, version)) {
    issues.add('EPP014', path, `flag ${show(name)} ${describeAvailability(spec)}, the router here is ${version}; remove it`);
  } else if (spec.refused !== undefined) {
    issues.add('EPP093', path, `the router does not start with flag ${show(name)}, ${spec.refused}`);
  } else {
    const wanted = expected(spec, value);
    if (wanted !== undefined) issues.add('EPP091', path, `${show(value)} is no value of flag ${show(name)}, write ${wanted}`);
  }
}

/** What the flag takes instead, or undefined when the value is good. */
function expected({ name, type }: FlagSpec, value: FlagValue): string | undefined {
  const text = Array.isArray(value) ? value.join(',') : String(value);
  if (name === 'tls-min-version')
    return text === '' || (tlsVersions as readonly string[]).includes(text) ? undefined : alternatives(tlsVersions);
  switch (type) {
    case 'bool':
      return parseGoBool(text) === undefined ? 'true or false' : undefined;
    case 'int':
      return isWhole(text) ? undefined : 'a whole number';
    case 'duration':
      return parseGoDuration(text) === undefined ? 'a duration such as "30s"' : undefined;
    case 'quantity':
      // The router drops a trailing B before it reads a quantity.
      return text === '' || (parseQuantity(text.replace(/B$/, '')) ?? -1) >= 0 ? undefined : 'a size such as "10MiB"';
    case 'int-list':
      return text === '' || text.split(',').every((item) => isWhole(item.trim())) ? undefined : 'whole numbers with commas';
    default:
      return undefined;
  }
}

function isWhole(text: string): boolean {
  return /^[+-]?\d{1,15}$/.test(text);
}

function checkCombinations(issues: IssueCollector, flag: (name: string) => FlagValue | undefined): void {
  const isSet = (name: string): boolean => ![undefined, ''].includes(flag(name) as string | undefined);
  if (isSet('config-file') && isSet('config-text')) {
    issues.add('EPP092', '--config-text', 'config-file and config-text are both given, remove one of them');
  }
  if (isSet('pool-name') === isSet('endpoint-selector')) {
    const state = isSet('pool-name') ? 'pool-name and endpoint-selector are both' : 'neither pool-name nor endpoint-selector is';
    issues.add('EPP092', '--pool-name', `${state} given, write exactly one of them`);
  }
  if (isSet('endpoint-selector')) checkPorts(issues, flag('endpoint-target-ports'));
  if (isSet('metrics-client-ca-file') && !isSet('metrics-cert-dir')) {
    issues.add(
      'EPP092',
      '--metrics-client-ca-file',
      'metrics-client-ca-file is given without metrics-cert-dir, add the directory of the certificate',
    );
  }
  const unauthenticated = parseGoBool(String(flag('metrics-endpoint-auth') ?? true)) === false;
  if (isSet('metrics-cert-dir') && !isSet('metrics-client-ca-file') && unauthenticated) {
    issues.add(
      'EPP092',
      '--metrics-cert-dir',
      'metrics-cert-dir is given without metrics-client-ca-file while metrics-endpoint-auth is off, switch it on or add the file',
    );
  }
  const interval = parseGoDuration(String(flag('refresh-metrics-interval') ?? '50ms'));
  if (interval !== undefined && interval < 50) {
    issues.add(
      'EPP015',
      '--refresh-metrics-interval',
      `${show(flag('refresh-metrics-interval'))} is replaced by 50ms, the shortest interval; write "50ms" or more`,
    );
  }
}

function checkPorts(issues: IssueCollector, given: FlagValue | undefined): void {
  const items = Array.isArray(given) ? given.map(String) : String(given ?? '').split(',');
  const ports = new Set(items.filter((item) => item.trim() !== '').map(Number));
  if (ports.size < 1 || ports.size > 8) {
    issues.add(
      'EPP092',
      '--endpoint-target-ports',
      `endpoint-selector needs 1 to 8 ports, ${ports.size} are given; change endpoint-target-ports`,
    );
  }
  for (const port of ports) {
    if (Number.isInteger(port) && (port < 0 || port > 65535))
      issues.add('EPP091', '--endpoint-target-ports', `${port} is no port, write a number from 0 to 65535`);
  }
}
