import { type JsonObject, own, show } from '../json';
import type { ParameterKeys } from '../plugin-spec';
import type { ObjectRule } from '../schema';

/** An attribute such as `GPUUtilization/dcgm-extractor` is two parameters written as one, which the router refuses. */
export function attributeProducerRule(parameter: string): ObjectRule {
  return (parameters) => {
    const attribute = own(parameters, parameter);
    if (typeof attribute !== 'string' || own(parameters, 'producer') !== undefined) return [];
    const slash = attribute.lastIndexOf('/');
    if (slash < 0) return [];
    const split = `${parameter} ${show(attribute.slice(0, slash))} and producer ${show(attribute.slice(slash + 1))}`;
    return [
      {
        field: parameter,
        message: `${show(attribute)} contains "/" but no producer is set, write ${split}, or set producer if the name really contains "/"`,
      },
    ];
  };
}

/** The scalar that an endpoint-attribute plugin reads; it does without when nobody writes it. */
export function scalarAttributeKey(parameters: JsonObject, parameter: string): ParameterKeys {
  const key = own(parameters, parameter);
  const producer = own(parameters, 'producer') ?? 'core-metrics-extractor';
  return typeof key === 'string' && typeof producer === 'string' ? { consumes: [{ key, producer, optional: true }] } : {};
}
