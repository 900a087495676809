import type { Step } from './event-log';
import type { Run } from './pulumi-project';

/** The kinds of operations, each once. */
export function operations(steps: readonly Step[]): string[] {
  return [...new Set(steps.map(({ op }) => op))].sort();
}

/** Steps that change something: name, operation, changed fields. */
export function changes(steps: readonly Step[]): [name: string, op: string, fields: readonly string[]][] {
  return steps
    .filter(({ op }) => op !== 'same')
    .map(({ name, op, changed }): [string, string, readonly string[]] => [name, op, changed])
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** An object as the API server stores it: empty texts are not written (`apiGroup: ""` of a subject). */
export function stored(value: object): object {
  const kept = (field: unknown): unknown => {
    if (Array.isArray(field)) return field.map(kept);
    if (typeof field !== 'object' || field === null) return field;
    return Object.fromEntries(Object.entries(field).flatMap(([key, one]) => (one === '' ? [] : [[key, kept(one)]])));
  };
  return kept(value) as object;
}

export function urnOf(project: string, type: string, name: string): string {
  return `urn:pulumi:dev::${project}::cdk8s-llm-d:index:ServingStack$${type}::${name}`;
}

/** Says on the terminal how long a run of the CLI took and what it did, all of it with `PULUMI_TEXT=1`. */
export async function report(what: string, running: Promise<Run>): Promise<Run> {
  const begin = Date.now();
  const run = await running;
  const count = new Map<string, number>();
  for (const { op } of run.steps) count.set(op, (count.get(op) ?? 0) + 1);
  const done = [...count].map(([op, times]) => `${times} ${op}`).join(', ') || 'nothing';
  process.stderr.write(
    `${what}: ${done} (${((Date.now() - begin) / 1000).toFixed(1)} s)\n${process.env.PULUMI_TEXT === '1' ? run.text : ''}`,
  );
  return run;
}
