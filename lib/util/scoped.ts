import type { IConstruct } from 'constructs';

/**
 * A value that is attached to a scope and holds for everything below it.
 *
 * It is kept under a registered symbol, not in a map of this module, so that two copies of the package see the same value.
 */
export class Scoped<T> {
  private readonly key: symbol;

  constructor(name: string) {
    this.key = Symbol.for(`cdk8s-llm-d.${name}`);
  }

  /** Makes `value` the one of everything below `scope`. */
  attach(scope: IConstruct, value: T): void {
    (scope as unknown as Record<symbol, T>)[this.key] = value;
  }

  /** The value of the nearest scope that has one, the construct itself included. */
  of(scope: IConstruct): T | undefined {
    for (let at: IConstruct | undefined = scope; at !== undefined; at = at.node.scope) {
      const value = (at as unknown as Record<symbol, T | undefined>)[this.key];
      if (value !== undefined) {
        return value;
      }
    }
    return undefined;
  }
}
