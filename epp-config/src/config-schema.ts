import { anything, duration, flag, integer, list, number, type ObjectSchema, object, quantity, text } from './schema';

const pluginRef = () => object({ pluginRef: text() });
const requiredRef = () => object({ pluginRef: text({ required: true }) });

const priorityBand = () =>
  object({
    priority: integer(),
    maxBytes: quantity(),
    maxRequests: quantity(),
    fairnessPolicyRef: text(),
    orderingPolicyRef: text(),
  });

/**
 * Schema of the document. Fields whose absence has a code of its own (a plugin without type, a profile without name) are not
 * marked as required here. Source: llm-d-router v0.10.0, `apix/config/v1alpha1`.
 */
export const configSchema: ObjectSchema = object({
  apiVersion: text({ required: true }),
  kind: text({ required: true }),
  featureGates: list(text()),
  // The plugin types know their parameters, so these are checked later.
  plugins: list(object({ name: text(), type: text(), path: text(), parameters: anything() }), { required: true }),
  schedulingProfiles: list(object({ name: text(), plugins: list(object({ pluginRef: text(), weight: number() })) })),
  dataLayer: object({
    injectDefaults: flag(),
    sources: list(object({ pluginRef: text({ required: true }), extractors: list(requiredRef()) })),
    discovery: requiredRef(),
    peerDiscovery: object({ pluginRef: text({ required: true }) }, { since: 'main' }),
    crossReplicaSyncerPluginRef: text({ since: 'v0.10.0' }),
    crossReplicaSyncInterval: duration({ since: 'v0.10.0' }),
  }),
  flowControl: object({
    maxBytes: quantity(),
    maxRequests: quantity(),
    defaultRequestTTL: duration(),
    noEndpointRequestTTL: duration({ since: 'main' }),
    defaultPriorityBand: priorityBand(),
    defaultNegativePriorityBand: priorityBand(),
    priorityBands: list(priorityBand()),
    usageLimitPolicyPluginRef: text(),
    saturationDetector: pluginRef(),
    enableEviction: flag({ since: 'v0.10.0' }),
  }),
  requestHandler: object({ parsers: list(requiredRef()) }),
  saturationDetector: object({ pluginRef: text() }, { deprecated: 'write flowControl.saturationDetector instead' }),
  parser: object({ pluginRef: text({ required: true }) }, { deprecated: 'write requestHandler.parsers instead' }),
});
