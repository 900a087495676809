import type { Environment } from '@marcbachmann/cel-js';

/** A compiled expression over `usage`. */
export interface UsageExpression {
  /** Type of the result as far as it can be told before it is evaluated: `int`, `bool`, `string`, `dyn`, ... */
  readonly type: string;
  /** @throws Error when the expression reads what is not there, or its operands do not fit */
  evaluate(usage: object): unknown;
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

let environment: Environment | undefined;

/** CEL has no arithmetic between a double and an int literal; here it is allowed, so that `usage.prompt_tokens * 2` does what it says. */
function usageEnvironment(): Environment {
  if (environment !== undefined) return environment;
  // Loading it takes tens of milliseconds, and few configurations use it.
  const cel = require('@marcbachmann/cel-js') as typeof import('@marcbachmann/cel-js');
  environment = new cel.Environment().registerVariable('usage', 'map');
  for (const [operator, apply] of Object.entries(ARITHMETIC)) {
    environment.registerOperator(`double ${operator} int`, (a: number, b: bigint) => apply(a, Number(b)));
    environment.registerOperator(`int ${operator} double`, (a: bigint, b: number) => apply(Number(a), b));
  }
  environment.registerOperator('double % double', ARITHMETIC['%'] as (a: number, b: number) => number);
  return environment;
}

/** Compiles an expression. @throws Error when it is no CEL, or reads another variable than `usage` */
export function compileUsage(expression: string): UsageExpression {
  const parsed = usageEnvironment().parse(expression);
  const checked = parsed.check();
  if (!checked.valid) throw checked.error ?? new Error(`${JSON.stringify(expression)} is no valid expression`);
  return { type: String(checked.type), evaluate: (usage) => evaluate(parsed, usage) };
}

/** Counts are doubles, as upstream's are; where the operands do not fit so, as in `2 * usage.prompt_tokens - 1`, they are ints. */
function evaluate(parsed: (variables: object) => unknown, usage: object): unknown {
  try {
    return parsed({ usage });
  } catch (asDoubles) {
    try {
      return parsed({ usage: withInts(usage) });
    } catch {
      throw asDoubles;
    }
  }
}

function withInts(counts: object): object {
  return Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [name, typeof count === 'number' ? BigInt(count) : withInts(count as object)]),
  );
}
