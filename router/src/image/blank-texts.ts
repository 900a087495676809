/** What a `/` can only begin a regular expression after: an operator, an opening bracket, or one of these words. */
const BEFORE_PATTERN = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|throw|await|yield|void|delete))$/;

/** Templates, so that their `${…}` is code again; the rest of them is text. */
interface Template {
  /** Braces that are open inside `${…}`. */
  depth: number;
}

/**
 * A module's code with comments taken out and what stands in quotes emptied, so that words can be looked for in what is left. A text
 * that begins with `node:` becomes `"node:"`. Undefined when something does not end, which is then no module, or more than this reads.
 */
export function blankTexts(source: string): string | undefined {
  const templates: Template[] = [];
  let code = '';
  let at = 0;
  /** Skips the rest of a template up to its end or to `${`. */
  const skipTemplate = (): boolean => {
    const match = /`|\$\{/g;
    for (;;) {
      match.lastIndex = at;
      const found = match.exec(source);
      if (found === null) return false;
      at = found.index + found[0].length;
      if (isEscaped(source, found.index)) continue;
      if (found[0] === '${') {
        code += '(';
        templates.push({ depth: 0 });
      } else {
        code += '""';
      }
      return true;
    }
  };
  while (at < source.length) {
    const char = source[at] as string;
    const two = source.slice(at, at + 2);
    if (two === '//' || (two === '#!' && at === 0)) {
      const end = source.indexOf('\n', at);
      at = end < 0 ? source.length : end;
    } else if (two === '/*') {
      const end = source.indexOf('*/', at + 2);
      if (end < 0) return undefined;
      code += ' ';
      at = end + 2;
    } else if (char === '"' || char === "'") {
      const text = /^(["'])(?:\\[\s\S]|(?!\1)[^\\\n])*\1/.exec(source.slice(at))?.[0];
      if (text === undefined) return undefined;
      code += text.startsWith('node:', 1) ? '"node:"' : '""';
      at += text.length;
    } else if (char === '`') {
      at++;
      if (!skipTemplate()) return undefined;
    } else if (char === '}' && templates.at(-1)?.depth === 0) {
      templates.pop();
      code += ')';
      at++;
      if (!skipTemplate()) return undefined;
    } else if (char === '/' && BEFORE_PATTERN.test(code.slice(-20).trimEnd())) {
      const pattern = /^\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/\w*/.exec(source.slice(at))?.[0];
      if (pattern === undefined) return undefined;
      code += '0';
      at += pattern.length;
    } else {
      const open = templates.at(-1);
      if (open !== undefined && char === '{') open.depth++;
      if (open !== undefined && char === '}') open.depth--;
      code += char;
      at++;
    }
  }
  return templates.length > 0 ? undefined : code;
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(source: string, index: number): boolean {
  let start = index;
  while (source[start - 1] === '\\') start--;
  return (index - start) % 2 === 1;
}
