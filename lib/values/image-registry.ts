import type { IConstruct } from 'constructs';
import { ensure, LlmdError } from '../validation/error';
import { Image } from './image';

const HOLDER = Symbol.for('cdk8s-llm-d.image-registry');

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
    (scope as unknown as Record<symbol, ImageRegistry>)[HOLDER] = new ImageRegistry(registry);
  }

  /** The registry of the nearest scope that has one, else that of `CDK8S_LLM_D_REGISTRY`, else undefined. */
  static of(scope: IConstruct): string | undefined {
    for (let at: IConstruct | undefined = scope; at !== undefined; at = at.node.scope) {
      const found = (at as unknown as Record<symbol, ImageRegistry | undefined>)[HOLDER];
      if (found !== undefined) {
        return found.prefix;
      }
    }
    const variable = process.env[REGISTRY_VARIABLE] ?? '';
    return variable === '' ? undefined : new ImageRegistry(variable).prefix;
  }
}

// A registry is right when an image below it is, with a host in its first part.
function isRegistry(prefix: string): boolean {
  try {
    const image = Image.parse(`${prefix}/image`);
    return image.registry !== undefined && image.tag === undefined && image.digest === undefined;
  } catch (error) {
    if (error instanceof LlmdError) {
      return false;
    }
    throw error;
  }
}
