import type { Problem } from './problem';
import type { Sources } from './sources';

/** Longest source file; data tables (`*-catalog.ts`) may be longer. */
const MAX_LINES = 400;

const CATALOG = /-catalog\.ts$/;

function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** Source files that are too long. */
export function checkLength(sources: Sources): Problem[] {
  return [...sources]
    .filter(([file, text]) => !CATALOG.test(file) && lineCount(text) > MAX_LINES)
    .map(([file, text]) => ({ where: file, what: `has ${lineCount(text)} lines, more than ${MAX_LINES}: split it` }));
}

/** Median number of lines, data tables left out. */
export function medianLines(sources: Sources): number {
  const lengths = [...sources]
    .filter(([file]) => !CATALOG.test(file))
    .map(([, text]) => lineCount(text))
    .sort((a, b) => a - b);
  const middle = Math.floor(lengths.length / 2);
  const upper = lengths[middle] ?? 0;
  return lengths.length % 2 === 1 ? upper : (upper + (lengths[middle - 1] ?? 0)) / 2;
}

/** File names that are not kebab-case. */
export function checkNames(files: Iterable<string>): Problem[] {
  return [...files]
    .filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/.test(file.slice(file.lastIndexOf('/') + 1)))
    .map((file) => ({ where: file, what: 'is not named in kebab-case' }));
}

/** Folders beside the checkout and of one machine; put together from parts, so that this file does not hold what it forbids. */
const OUTSIDE: readonly RegExp[] = [
  new RegExp(`${['\\.\\.', 'shared'].join('/')}\\b`),
  new RegExp(`(^|[^A-Za-z0-9_./-])/(${['work', 'farm'].join('|')})/`),
];

/** Lines that name something outside the checkout: a neighbour folder, a path of one machine, or where the checkout happens to lie. */
export function checkPaths(sources: Sources, allowed: readonly string[], root: string): Problem[] {
  const problems: Problem[] = [];
  for (const [file, text] of sources) {
    if (allowed.includes(file)) {
      continue;
    }
    for (const [index, line] of text.split('\n').entries()) {
      if (line.includes(`${root}/`) || OUTSIDE.some((pattern) => pattern.test(line))) {
        problems.push({ where: `${file}:${index + 1}`, what: `names a path outside the checkout: ${line.trim().slice(0, 100)}` });
      }
    }
  }
  return problems;
}
