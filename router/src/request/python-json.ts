import { isJsonObject } from '../parsers/json-body';

const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

const escapeUnit = (unit: string): string => shortEscapes[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

// Python escapes code points above the first plane as pairs, which is what the units of a JavaScript string are.
const text = (value: string): string => `"${value.replace(/["\\]|[^ -~]/g, escapeUnit)}"`;

/**
 * JSON as Python's `json.dumps` writes it: `, ` and `: ` as separators, all but ASCII escaped. vLLM puts the arguments of tool calls
 * into the prompt in this form.
 */
export function pythonJson(value: unknown): string {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (!isJsonObject(value)) return String(value);
  return `{${Object.entries(value)
    .map(([key, field]) => `${text(key)}: ${pythonJson(field)}`)
    .join(', ')}}`;
}
