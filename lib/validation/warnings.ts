import type { Finding } from './findings';

const printed = new Set<string>();

/** Prints a warning to stderr, once a process: cdk8s validates an app anew for each of its charts. */
export function printWarning({ code, path, message }: Finding): void {
  const line = `warning [${path}] ${code} ${message}\n`;
  if (!printed.has(line)) {
    printed.add(line);
    process.stderr.write(line);
  }
}
