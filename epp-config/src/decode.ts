import { configSchema } from './config-schema';
import { builtInConfig, configKind, currentApiVersion, deprecatedApiVersion } from './default-config';
import type { IssueCollector } from './issues';
import { alternatives, isAbsent, isObject, type JsonObject, show } from './json';
import { checkObject } from './schema-check';
import { snapshot, UnreadableValueError } from './snapshot';
import type { EndpointPickerConfig, FlowControl, PluginEntry, RequestHandler } from './types';
import type { RouterVersion } from './versions';

/**
 * Reads the document strictly and maps deprecated fields; undefined when the value is no object at all. Nothing (an empty
 * file) stands for the built-in configuration.
 */
export function decodeConfig(value: unknown, issues: IssueCollector, version: RouterVersion): EndpointPickerConfig | undefined {
  const document = readable(isAbsent(value) ? builtInConfig : value, issues);
  if (document === undefined) return undefined;
  const checked = checkObject({ issues, version, noun: 'field' }, configSchema, document, '');
  if (checked === undefined) return undefined;
  checkHeader(checked, issues);
  return normalised(checked as unknown as EndpointPickerConfig);
}

function readable(value: unknown, issues: IssueCollector): JsonObject | undefined {
  try {
    const copy = snapshot(value);
    if (isObject(copy)) return copy;
    issues.add('EPP001', '', `expected an object with apiVersion, kind and plugins, got ${show(copy)}; parse the YAML text before`);
  } catch (error) {
    if (!(error instanceof UnreadableValueError)) throw error;
    issues.add('EPP001', '', error.message);
  }
  return undefined;
}

function checkHeader({ apiVersion, kind }: JsonObject, issues: IssueCollector): void {
  if (apiVersion === deprecatedApiVersion) {
    issues.add('EPP011', 'apiVersion', `${show(apiVersion)} is deprecated, write ${show(currentApiVersion)} instead`);
  } else if (typeof apiVersion === 'string' && apiVersion !== '' && apiVersion !== currentApiVersion) {
    const allowed = alternatives([currentApiVersion, deprecatedApiVersion]);
    issues.add('EPP005', 'apiVersion', `${show(apiVersion)} is not allowed, write ${allowed}`);
  }
  if (typeof kind === 'string' && kind !== '' && kind !== configKind) {
    issues.add('EPP005', 'kind', `${show(kind)} is not allowed, write ${show(configKind)}`);
  }
}

/** Fields in the order of the documentation, with names filled and deprecated fields in their new places. */
function normalised(given: EndpointPickerConfig): EndpointPickerConfig {
  const { featureGates, schedulingProfiles, dataLayer } = given;
  const plugins = (given.plugins ?? []).map((entry) => entry && withName(entry));
  const flowControl = withDetector(given);
  const requestHandler = withParser(given);
  return {
    apiVersion: currentApiVersion,
    kind: configKind,
    ...(featureGates === undefined ? {} : { featureGates }),
    plugins,
    ...(schedulingProfiles === undefined ? {} : { schedulingProfiles }),
    ...(dataLayer === undefined ? {} : { dataLayer }),
    ...(flowControl === undefined ? {} : { flowControl }),
    ...(requestHandler === undefined ? {} : { requestHandler }),
  };
}

function withName({ name, type, ...rest }: PluginEntry): PluginEntry {
  return { name: name || type, type, ...rest };
}

function withDetector({ flowControl, saturationDetector }: EndpointPickerConfig): FlowControl | undefined {
  if (saturationDetector === undefined || flowControl?.saturationDetector !== undefined) return flowControl;
  return { ...flowControl, saturationDetector };
}

function withParser({ requestHandler, parser }: EndpointPickerConfig): RequestHandler | undefined {
  if (parser === undefined || (requestHandler?.parsers ?? []).length > 0) return requestHandler;
  return { ...requestHandler, parsers: [parser] };
}
