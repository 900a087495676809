import { readFileSync } from 'node:fs';
import { type EffectiveConfig, EppConfigError, type ParseOptions, parseEndpointPickerConfig } from 'llm-d-epp-config';
import { parseDocument } from 'yaml';

/** A configuration that was read, checked and completed. */
export interface LoadedConfig {
  readonly effective: EffectiveConfig;
  /** One line each. */
  readonly warnings: readonly string[];
}

/** The configuration can not be used; the message says where and why. */
export class ConfigError extends Error {}

const header = { apiVersion: 'llm-d.ai/v1alpha1', kind: 'EndpointPickerConfig' } as const;
const headerNames = ['apiVersion', 'kind'] as const;

/** Fills what a document does not say about itself, as upstream's router does. Returns the names of what was missing. */
function fillHeader(document: unknown): readonly string[] {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return [];
  const fields = document as Record<string, unknown>;
  const missing = headerNames.filter((name) => fields[name] === undefined || fields[name] === null || fields[name] === '');
  for (const name of missing) fields[name] = header[name];
  return missing;
}

/**
 * Reads the text of an EndpointPickerConfig, YAML or JSON. Empty text stands for the built-in configuration.
 * @throws ConfigError with every mistake on a line of its own
 */
export function parseConfigText(text: string, source: string, options: ParseOptions): LoadedConfig {
  const document = parseDocument(text, { uniqueKeys: true, strict: true });
  const [mistake] = document.errors;
  if (mistake !== undefined) throw new ConfigError(`${source} is no YAML: ${mistake.message}`);
  try {
    const given: unknown = document.toJS({ maxAliasCount: 100 });
    const filled = fillHeader(given).map((name) => `${source} has no ${name}, add it`);
    const { effective, warnings } = parseEndpointPickerConfig(given, { ...options, extended: true });
    return { effective, warnings: [...filled, ...warnings.map((issue) => `${issue.code} ${issue.path}: ${issue.message}`)] };
  } catch (error) {
    if (error instanceof EppConfigError) throw new ConfigError(`${source} is not usable:\n${error.message}`);
    throw new ConfigError(`${source} is no YAML: ${(error as Error).message}`);
  }
}

/**
 * Reads the configuration that the flags `--config-file` and `--config-text` name.
 * @throws ConfigError
 */
export function loadConfig(file: string, text: string, options: ParseOptions): LoadedConfig {
  if (file === '') return parseConfigText(text, text === '' ? 'the built-in configuration' : '--config-text', options);
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`--config-file ${file} can not be read: ${(error as Error).message}`);
  }
  return parseConfigText(content, file, options);
}
