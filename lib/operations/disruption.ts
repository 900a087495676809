import type { Construct } from 'constructs';
import { PodDisruptionBudget } from '../manifests/pod-disruption-budget';
import { ensure } from '../validation/error';

const COUNT = /^(\d+|(100|\d{1,2})%)$/;

/** How many pods may be taken away at once by drains and evictions. */
export class Disruption {
  private readonly value: number | string;

  private constructor(
    private readonly field: 'minAvailable' | 'maxUnavailable',
    given: number | string,
  ) {
    ensure(COUNT.test(String(given)), 'LLMD107', {
      prop: field,
      given: String(given),
      allowed: 'a number of pods or a percentage such as "25%"',
    });
    // The API server takes a text for a percentage only.
    this.value = String(given).endsWith('%') ? given : Number(given);
    Object.freeze(this);
  }

  /** At most this many pods, or this share of them, may be missing. */
  static maxUnavailable(value: number | string): Disruption {
    return new Disruption('maxUnavailable', value);
  }

  /** At least this many pods, or this share of them, must stay. */
  static minAvailable(value: number | string): Disruption {
    return new Disruption('minAvailable', value);
  }

  /** Adds the budget of the pods that `selector` selects. */
  addTo(
    scope: Construct,
    id: string,
    name: string,
    namespace: string | undefined,
    labels: Record<string, string>,
    selector: Readonly<Record<string, string>>,
  ): PodDisruptionBudget {
    return new PodDisruptionBudget(scope, id, {
      metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels },
      spec: { selector: { matchLabels: selector }, [this.field]: this.value },
    });
  }
}
