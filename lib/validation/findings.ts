import type { IConstruct } from 'constructs';
import { CODES, type Code, type MessageParams, renderMessage, type Severity } from './codes';
import { fail } from './error';

/** What a rule found. */
export interface Finding {
  readonly code: Code;
  readonly severity: Severity;
  /** Path of the construct that it concerns. */
  readonly path: string;
  readonly message: string;
}

/** A finding of one code at one construct, its sentence filled from the table. */
export function finding<C extends Code>(code: C, path: string, params: MessageParams<C>): Finding {
  return { code, severity: CODES[code].severity, path, message: renderMessage(code, params) };
}

const ACKNOWLEDGED = Symbol.for('cdk8s-llm-d.acknowledged');

/**
 * Silences one warning below a construct, with the reason for the reader of the code.
 *
 * Errors cannot be acknowledged: throws LLMD107 when `code` is the code of an error or of nothing.
 */
export function acknowledge(scope: IConstruct, code: Code, reason: string): void {
  const entry = CODES[code] as { severity: Severity } | undefined;
  if (entry?.severity !== 'warning') {
    fail('LLMD107', { prop: 'code', given: code, allowed: 'only the code of a warning can be acknowledged (docs/rules.md lists them)' });
  }
  if (typeof reason !== 'string' || reason.trim() === '') {
    fail('LLMD107', { prop: 'reason', given: String(reason), allowed: 'say why the warning does not matter here' });
  }
  const holder = scope as unknown as Record<symbol, Map<Code, string> | undefined>;
  const known = holder[ACKNOWLEDGED] ?? new Map<Code, string>();
  known.set(code, reason);
  holder[ACKNOWLEDGED] = known;
}

/** True when `scope` or something above it has acknowledged `code`. */
export function isAcknowledged(scope: IConstruct, code: Code): boolean {
  for (let at: IConstruct | undefined = scope; at !== undefined; at = at.node.scope) {
    if ((at as unknown as Record<symbol, Map<Code, string> | undefined>)[ACKNOWLEDGED]?.has(code)) {
      return true;
    }
  }
  return false;
}
