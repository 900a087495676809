import type { IConstruct } from 'constructs';
import { Scoped } from '../util/scoped';
import { ensure } from '../validation/error';
import { isRegistry } from './registry-name';

const ATTACHED = new Scoped<ImageRegistry>('image-registry');

/** Environment variable that names the registry when no scope does. */
export const REGISTRY_VARIABLE = 'CDK8S_LLM_D_REGISTRY';

/**
 * Where the images of this project are pulled from: set once for a scope (`ServingChart` does so with its `imageRegistry`), found by
 * the constructs below it. Images of other projects are not touched.
 */
export class ImageRegistry {
  /** `host[:port][/path]`, e.g. `registry.example.com/llm`. */
  readonly prefix: string;

  private constructor(prefix: string) {
    ensure(isRegistry(prefix), 'LLMD541', { given: prefix });
    this.prefix = prefix;
    Object.freeze(this);
  }

  /** Makes `registry` the one of everything below `scope`; throws LLMD541 when it is none. */
  static applyTo(scope: IConstruct, registry: string): void {
    ATTACHED.attach(scope, new ImageRegistry(registry));
  }

  /** The registry of the nearest scope that has one, else that of `CDK8S_LLM_D_REGISTRY`, else undefined. */
  static of(scope: IConstruct): string | undefined {
    const attached = ATTACHED.of(scope);
    if (attached !== undefined) {
      return attached.prefix;
    }
    const variable = process.env[REGISTRY_VARIABLE] ?? '';
    return variable === '' ? undefined : new ImageRegistry(variable).prefix;
  }
}
