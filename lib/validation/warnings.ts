import type { Finding } from './findings';

/**
 * Prints warnings to stderr, except those in `printed`, which it adds them to: cdk8s validates an app anew for each of its charts. The same
 * sentence at several constructs is one line, which names the first of them.
 */
export function printWarnings(warnings: readonly Finding[], printed: Set<string>): void {
  const groups = new Map<string, Finding[]>();
  for (const warning of warnings) {
    const key = `${warning.path} ${warning.code} ${warning.message}`;
    if (!printed.has(key)) {
      printed.add(key);
      const sentence = `${warning.code} ${warning.message}`;
      groups.set(sentence, [...(groups.get(sentence) ?? []), warning]);
    }
  }
  for (const [sentence, [first, ...others]] of groups) {
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    process.stderr.write(`warning [${first?.path}]${more} ${sentence}\n`);
  }
}
