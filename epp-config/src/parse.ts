import { checkFeatureGates } from './checks/check-feature-gates';
import { checkPlugins } from './checks/check-plugins';
import { decodeConfig } from './decode';
import { customPluginMap, type Draft } from './draft';
import { buildEffective } from './effective/build-effective';
import type { EffectiveConfig } from './effective/effective-config';
import { EppConfigError, type EppConfigIssue, IssueCollector } from './issues';
import type { ParseOptions } from './options';
import type { EndpointPickerConfig } from './types';
import { newestRouterVersion, unknownVersion } from './versions';

/** A configuration without errors. */
export interface ParseResult {
  /** As given, with plugin names filled and deprecated fields in their new places. */
  readonly config: EndpointPickerConfig;
  /** With every default applied. */
  readonly effective: EffectiveConfig;
  readonly warnings: readonly EppConfigIssue[];
}

/** Every issue of a configuration. */
export interface CheckResult {
  readonly issues: readonly EppConfigIssue[];
}

/**
 * Checks a configuration that a YAML or JSON parser returned and applies the router's defaults. Nothing (an empty file)
 * stands for the built-in configuration.
 *
 * @throws EppConfigError with every issue, when there is at least one error
 */
export function parseEndpointPickerConfig(value: unknown, options: ParseOptions = {}): ParseResult {
  const { issues, result } = check(value, options);
  if (issues.failed || result === undefined) throw new EppConfigError(issues.issues);
  return { ...result, warnings: issues.issues };
}

/** Like {@link parseEndpointPickerConfig}, but returns the issues instead of throwing. */
export function checkEndpointPickerConfig(value: unknown, options: ParseOptions = {}): CheckResult {
  return { issues: check(value, options).issues.issues };
}

function check(value: unknown, options: ParseOptions): { issues: IssueCollector; result?: Omit<ParseResult, 'warnings'> } {
  const issues = new IssueCollector();
  const version = options.version ?? newestRouterVersion;
  const unknown = unknownVersion(version);
  if (unknown !== undefined) {
    issues.add('EPP005', '', unknown);
    return { issues };
  }
  const config = decodeConfig(value, issues, version);
  if (config === undefined) return { issues };
  const draft: Draft = {
    issues,
    version,
    allowExperimental: options.allowExperimental ?? false,
    extended: options.extended ?? false,
    customPlugins: customPluginMap(options),
    config,
    gates: checkFeatureGates(config.featureGates ?? [], issues, version),
    plugins: [],
    byName: new Map(),
  };
  checkPlugins(draft);
  return { issues, result: { config, effective: buildEffective(draft) } };
}
