import { isJsonObject, textOf } from '../parsers/json-body';

/** Lists of tools that are remembered; the one that was used longest ago goes first. */
const MAX_LISTS = 32;
/** Longest text that is remembered, in bytes. */
const MAX_BYTES = 1 << 20;

/** Whether two decoded JSON values are the same. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null) return Object.is(a, b);
  if (typeof b !== 'object' || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = Object.keys(left);
  const others = Object.keys(right);
  if (keys.length !== others.length) return false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    // The order counts too: some texts keep it.
    if (key !== others[i] || !same(left[key], right[key])) return false;
  }
  return true;
}

function nameOf(tool: unknown): string {
  if (!isJsonObject(tool)) return '';
  return textOf(isJsonObject(tool.function) ? tool.function.name : tool.name);
}

/**
 * Texts of lists of tools. Clients send the same tools with each request, and to see that they are the same takes a fraction of the time
 * that it takes to write them.
 */
export class ToolTexts {
  private readonly known = new Map<string, { readonly tools: readonly unknown[]; readonly text: Buffer }>();

  constructor(private readonly write: (tools: readonly unknown[]) => string) {}

  /** The text of the tools in UTF-8. */
  of(tools: readonly unknown[]): Buffer {
    const key = `${tools.length} ${nameOf(tools[0])} ${nameOf(tools[tools.length - 1])}`;
    const found = this.known.get(key);
    this.known.delete(key);
    if (found !== undefined && same(found.tools, tools)) {
      this.known.set(key, found);
      return found.text;
    }
    const text = Buffer.from(this.write(tools));
    if (text.length > MAX_BYTES) return text;
    if (this.known.size >= MAX_LISTS) this.known.delete(this.known.keys().next().value as string);
    this.known.set(key, { tools, text });
    return text;
  }
}
