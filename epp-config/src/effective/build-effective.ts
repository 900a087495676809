import { checkReferences } from '../checks/check-references';
import { disaggregationPlan } from '../disaggregation';
import type { Draft, DraftPlugin } from '../draft';
import { dataLayer } from './data-layer';
import type { EffectiveConfig, EffectivePlugin } from './effective-config';
import { fillParameters } from './fill-parameters';
import { flowControl } from './flow-control';
import { dataProducers } from './producers';
import { parsers, saturationDetector } from './request-handling';
import { scheduling } from './scheduling';

/** Applies every default in the router's order, checking on the way; the result is meaningful only if no error was found. */
export function buildEffective(draft: Draft): EffectiveConfig {
  const declaredOrder = checkReferences(draft);
  const { profiles, profileHandler } = scheduling(draft);
  const flow = flowControl(draft);
  const parserNames = parsers(draft);
  const detector = saturationDetector(draft);
  const layer = dataLayer(draft);
  const producerOrder = dataProducers(draft);
  const declared = declaredOrder.flatMap((name) => draft.byName.get(name) ?? []);
  const added = draft.plugins.filter((instance) => instance.origin !== 'declared');
  const handler = draft.byName.get(profileHandler);
  return {
    version: draft.version,
    featureGates: Object.fromEntries(draft.gates),
    plugins: [...declared, ...added].map(effectivePlugin),
    schedulingProfiles: profiles,
    profileHandler,
    ...(handler?.spec.type === 'disagg-profile-handler' ? { disaggregation: disaggregationPlan(handler.parameters) } : {}),
    parsers: parserNames,
    saturationDetector: detector,
    dataLayer: layer,
    flowControl: flow,
    producerOrder,
  };
}

function effectivePlugin({ name, spec, parameters, file, origin }: DraftPlugin): EffectivePlugin {
  return {
    name,
    type: spec.type,
    kinds: spec.kinds,
    parameters: spec.decoding === 'strict' ? fillParameters(spec.parameters, parameters) : spec.decoding === 'free' ? parameters : {},
    ...(file === undefined ? {} : { path: file }),
    origin,
  };
}
