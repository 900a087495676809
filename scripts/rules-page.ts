import { CODES, type Code, type CodeEntry } from '../lib/validation/codes';
import { RULE_TABLE, type RuleRow } from '../lib/validation/rule-table-catalog';

function anchor(code: string, { slug }: CodeEntry): string {
  return `#${code.toLowerCase()}-${slug}`;
}

function codeSection(code: string, entry: CodeEntry, rows: readonly RuleRow[]): string {
  const rules = rows.filter(({ codes }) => codes.includes(code as Code)).map(({ v }) => v);
  const kind =
    entry.severity === 'error' ? 'Error: the synth fails.' : 'Warning: printed once; `acknowledge(scope, code, reason)` silences it.';
  return [
    `### ${code} ${entry.slug}`,
    '',
    kind,
    '',
    '```text',
    entry.message,
    '```',
    '',
    entry.why,
    ...(rules.length === 0 ? [] : ['', `Rules: ${rules.join(', ')}.`]),
  ].join('\n');
}

function ruleLine({ v, status, codes, how }: RuleRow, table: Readonly<Record<string, CodeEntry>>): string {
  const links = codes.map((code) => `[${code}](${anchor(code, table[code] as CodeEntry)})`).join(', ');
  return `| ${v} | ${status} | ${links} | ${how.replaceAll('|', '\\|')} |`;
}

/** Text of `docs/rules.md`: every rule and every code. */
export function rulesPage(codes: Readonly<Record<string, CodeEntry>> = CODES, rows: readonly RuleRow[] = RULE_TABLE): string {
  const sections = Object.entries(codes)
    .sort(([a], [b]) => a.localeCompare(b, 'en'))
    .map(([code, entry]) => codeSection(code, entry, rows));
  return [
    '<!-- Written by `npm run docs` from lib/validation; do not edit. -->',
    '# Rules and codes',
    'A single bad value throws at once, from the constructor or factory that was given it. What concerns several objects is checked when the app is synthesized, and everything that was found is reported together. Both carry a code and the construct path.',
    '## Rules',
    'What a deployment must keep so that it starts and serves. *checked*: a breach is reported under the codes named. *impossible*: the library derives what the rule compares, so it cannot be broken. *later*: not checked yet.',
    ['| Rule | Status | Codes | How |', '|---|---|---|---|', ...rows.map((row) => ruleLine(row, codes))].join('\n'),
    '## Codes',
    'Words in braces stand for what was found. Codes are never reused and never renumbered.',
    ...sections,
  ]
    .join('\n\n')
    .concat('\n');
}
