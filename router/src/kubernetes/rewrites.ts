import type { ModelRewrite } from '../request-control/pool';
import { isFor, type PoolIdentity, type PoolRef } from './objectives';
import type { KubeObject, Observer } from './reflector';

interface RewriteTarget {
  readonly weight?: number;
  readonly modelRewrite: string;
}

interface RewriteRule {
  readonly matches?: readonly { readonly model?: { readonly type?: string; readonly value?: string } }[];
  readonly targets?: readonly RewriteTarget[];
}

/**
 * The fields of an InferenceModelRewrite.
 *
 * @default - of every field: absent
 */
export interface InferenceModelRewrite extends KubeObject {
  readonly spec?: { readonly poolRef?: PoolRef; readonly rules?: readonly RewriteRule[] };
}

interface NamedRule {
  readonly name: string;
  readonly targets: readonly RewriteTarget[];
}

/** Rules that replace the model a client asks for: exact ones before generic ones, older objects before newer ones. */
export class Rewrites implements Observer<InferenceModelRewrite> {
  private readonly objects = new Map<string, InferenceModelRewrite>();
  private exact = new Map<string, NamedRule>();
  private generic: NamedRule | undefined;

  constructor(
    private readonly pool: PoolIdentity,
    /** Hears of every model that a rule names. */
    private readonly configured: (model: string) => void,
  ) {}

  replaced(objects: readonly InferenceModelRewrite[]): void {
    this.objects.clear();
    for (const object of objects) this.keep(object);
    this.index();
  }

  changed(object: InferenceModelRewrite): void {
    this.keep(object);
    this.index();
  }

  deleted(object: InferenceModelRewrite): void {
    this.objects.delete(object.metadata.name);
    this.index();
  }

  /** Target for a model, chosen by weight; undefined when no rule applies. */
  rewrite(model: string, random: () => number): ModelRewrite | undefined {
    const rule = this.exact.get(model) ?? this.generic;
    const target = rule && choose(rule.targets, random);
    return rule && target && { name: rule.name, target: target.modelRewrite };
  }

  private keep(object: InferenceModelRewrite): void {
    if (isFor(this.pool, object)) this.objects.set(object.metadata.name, object);
    else this.objects.delete(object.metadata.name);
  }

  private index(): void {
    const created = (object: InferenceModelRewrite): string => object.metadata.creationTimestamp ?? '';
    const oldestFirst = [...this.objects.values()].sort(
      (a, b) => created(a).localeCompare(created(b)) || a.metadata.name.localeCompare(b.metadata.name),
    );
    this.exact = new Map();
    this.generic = undefined;
    for (const object of oldestFirst) for (const rule of object.spec?.rules ?? []) this.add(object.metadata.name, rule);
  }

  private add(name: string, { matches = [], targets = [] }: RewriteRule): void {
    const rule = { name, targets };
    for (const { modelRewrite } of targets) this.configured(modelRewrite);
    if (matches.length === 0) this.generic ??= rule;
    for (const { model } of matches) {
      if (model?.value === undefined) continue;
      this.configured(model.value);
      if (!this.exact.has(model.value)) this.exact.set(model.value, rule);
    }
  }
}

/** Without any weight all targets are equal; with some, those without have none. */
function choose(targets: readonly RewriteTarget[], random: () => number): RewriteTarget | undefined {
  const total = targets.reduce((sum, { weight = 0 }) => sum + weight, 0);
  if (total <= 0) return targets[Math.floor(random() * targets.length)];
  let left = random() * total;
  for (const target of targets) {
    left -= target.weight ?? 0;
    if (left < 0) return target;
  }
  return targets.find((target) => (target.weight ?? 0) > 0);
}
