import { differences, show } from './differences';

/** A part of a manifest: what is not given is not compared. */
export interface PartialManifest {
  readonly [key: string]: unknown;
}

/** One synthesized manifest. */
export class ManifestResult {
  /** The manifest as it goes to the cluster. */
  readonly json: Readonly<Record<string, unknown>>;

  /** Wraps a manifest; {@link Manifests.one} and {@link Manifests.all} do it for a whole chart. */
  constructor(json: Readonly<Record<string, unknown>>) {
    this.json = json;
  }

  /** `kind/metadata.name`, for messages. */
  get title(): string {
    const metadata = this.json.metadata as { readonly name?: string } | undefined;
    return `${String(this.json.kind)}/${metadata?.name ?? ''}`;
  }

  /**
   * Throws unless the manifest holds everything that `expected` holds.
   *
   * Objects are compared key by key and may have further keys. Lists are compared item by item and must be as long as given.
   * `undefined` means that the key must be absent.
   */
  toMatch(expected: PartialManifest): this {
    const found = differences(expected, this.json);
    if (found.length > 0) {
      throw new Error(`${this.title} does not match:\n  ${found.join('\n  ')}`);
    }
    return this;
  }

  /**
   * The value at a path of keys, list positions, and `[key=value]` for the first item of a list that has such a field, e.g.
   * `spec.template.spec.containers[name=vllm].args[0]`. A key with dots is written in brackets and quotes:
   * `metadata.labels["llm-d.ai/role"]`. Undefined when there is nothing there.
   */
  get(path: string): unknown {
    return stepsOf(path).reduce<unknown>((at, step) => {
      if (typeof at !== 'object' || at === null) {
        return undefined;
      }
      if (typeof step === 'string') {
        return (at as Record<string, unknown>)[step];
      }
      return Array.isArray(at) ? at.find((item) => String(item?.[step.key]) === step.value) : undefined;
    }, this.json);
  }

  /** The manifest as indented JSON, for messages. */
  toString(): string {
    return show(this.json);
  }
}

type Step = string | { readonly key: string; readonly value: string };

const STEP = /\.?(?:([^.[\]]+)|\["([^"]*)"\]|\[(\d+)\]|\[([^=\]]+)=([^\]]*)\])/y;

function stepsOf(path: string): Step[] {
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const from = STEP.lastIndex;
    const match = STEP.exec(path);
    if (match === null) {
      throw new Error(`path "${path}" cannot be read from "${path.slice(from)}" on: write a.b, a[0], a["x/y"] or a[key=value]`);
    }
    const [, word, quoted, position, key, value] = match;
    steps.push(key === undefined ? (word ?? quoted ?? position ?? '') : { key, value: value ?? '' });
  }
  return steps;
}
