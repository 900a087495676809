/** One line of a .dockerignore. */
interface Rule {
  readonly pattern: RegExp;
  /** True for `!pattern`: what matches is let through again. */
  readonly lets: boolean;
  /** Its folders up to the first one with a sign that stands for others. */
  readonly fixed: readonly string[];
}

/** Which paths of a folder a builder sees; paths are relative, with `/`. */
export interface IgnoreFilter {
  lets(path: string): boolean;
  /** False when a folder is ignored and nothing below it can be let through again. */
  mayHold(folder: string): boolean;
}

/**
 * Reads a .dockerignore: what it lets through. As builders do it: the last line that matches a path or
 * a folder above it decides; `*` and `?` stay inside a name, `**` goes across folders, `[a-c]` and `\` as usual; a leading or trailing
 * `/` says nothing; lines that are empty or begin with `#` are skipped.
 * Source: docs.docker.com/build/concepts/context#dockerignore-files.
 */
export function parseIgnoreFile(text: string): IgnoreFilter {
  const rules = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap(parseRule);
  const lets = (path: string): boolean => {
    const names = path.split('/');
    const above = names.map((_, index) => names.slice(0, index + 1).join('/'));
    return rules.reduce((seen, rule) => (above.some((folder) => rule.pattern.test(folder)) ? rule.lets : seen), true);
  };
  const mayHold = (folder: string): boolean => {
    const names = folder.split('/');
    return lets(folder) || rules.some((rule) => rule.lets && names.every((name, i) => i >= rule.fixed.length || rule.fixed[i] === name));
  };
  return { lets, mayHold };
}

function parseRule(line: string): Rule[] {
  if (line.startsWith('#')) return [];
  const trimmed = line.trim();
  const lets = trimmed.startsWith('!');
  const pattern = clean(lets ? trimmed.slice(1).trim() : trimmed);
  return pattern === '' ? [] : [{ pattern: toRegExp(pattern), lets, fixed: fixedFolders(pattern) }];
}

/** `./a//b/../c/` is `a/c`. */
function clean(pattern: string): string {
  const names: string[] = [];
  for (const name of pattern.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names.join('/');
}

function toRegExp(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/|\*\*|\*|\?|\[[^\]]+\]|\\?[\s\S]/g, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (/^\[.+\]$/s.test(token)) return token;
    return (token.length > 1 ? token.slice(1) : token).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 's');
}

function fixedFolders(pattern: string): readonly string[] {
  const names = pattern.split('/');
  const first = names.findIndex((name) => /[*?[\\]/.test(name));
  return first < 0 ? names : names.slice(0, first);
}
