import {
  checkEndpointPickerConfig,
  type EppConfigIssue,
  type ParseOptions,
  type ParseResult,
  parseEndpointPickerConfig,
} from 'llm-d-epp-config';

/** A document with header; `fields` are its other fields. */
export function document(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { apiVersion: 'llm-d.ai/v1alpha1', kind: 'EndpointPickerConfig', plugins: [], ...fields };
}

/** A document of plugins, each a type or an entry. */
export function withPlugins(plugins: readonly unknown[], fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return document({ plugins: plugins.map((plugin) => (typeof plugin === 'string' ? { type: plugin } : plugin)), ...fields });
}

/** A profile of plugin names. */
export function profile(name: string, ...refs: readonly string[]): Record<string, unknown> {
  return { name, plugins: refs.map((pluginRef) => ({ pluginRef })) };
}

export function issuesOf(value: unknown, options?: ParseOptions): readonly EppConfigIssue[] {
  return checkEndpointPickerConfig(value, options).issues;
}

export function errorsOf(value: unknown, options?: ParseOptions): readonly EppConfigIssue[] {
  return issuesOf(value, options).filter((issue) => issue.severity === 'error');
}

/** Expects one issue of the code at the path, with all the words in its message. */
export function expectIssue(value: unknown, code: string, path: string, words: readonly string[], options?: ParseOptions): void {
  const found = issuesOf(value, options);
  const match = found.find((issue) => issue.code === code && issue.path === path);
  // Shows all issues when the wanted one is missing.
  expect(match ?? found).toMatchObject({ code, path });
  for (const word of words) expect(match!.message).toContain(word);
}

/** Expects no error and returns the result. */
export function accepted(value: unknown, options?: ParseOptions): ParseResult {
  expect(errorsOf(value, options)).toEqual([]);
  return parseEndpointPickerConfig(value, options);
}
