/** The `exec` command of a start script as words, `$` expressions replaced from `env`. */
export function execWords(script: string, env: Readonly<Record<string, string>>): string[] {
  const at = script.search(/^\s*exec /m);
  if (at === -1) {
    throw new Error(`the script has no exec line:\n${script}`);
  }
  const line =
    script
      .slice(at)
      .replace(/\\\n\s*/g, ' ')
      .trim()
      .split('\n')[0] ?? '';
  return words(line)
    .slice(1)
    .map((word) => (word.single ? word.text : expand(word.text, env)));
}

interface Word {
  text: string;
  /** True when single quotes keep the shell from expanding it. */
  single: boolean;
}

function words(line: string): Word[] {
  const found: Word[] = [];
  for (const match of line.matchAll(/(?:'[^']*'|"[^"]*"|\$\(\([^)]*\)\)|[^\s'"])+/g)) {
    found.push({ text: match[0].replace(/'([^']*)'|"([^"]*)"/g, '$1$2'), single: match[0].includes("'") });
  }
  return found;
}

/** Replaces `$(( a * b ))`, `${A}` and `$A`; a variable that is not in `env` stays as it is. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text
    .replace(/\$\(\(\s*(\w+)\s*\*\s*(\w+)\s*\)\)/g, (_, a: string, b: string) => String(Number(env[a] ?? a) * Number(env[b] ?? b)))
    .replace(/\$\{?([A-Za-z_]\w*)\}?/g, (whole, name: string) => env[name] ?? whole);
}
