import type { EndpointPickerConfig } from './types';

/** Current API version of the document. */
export const currentApiVersion = 'llm-d.ai/v1alpha1';

/** Older API version, still read. */
export const deprecatedApiVersion = 'inference.networking.x-k8s.io/v1alpha1';

/** Kind of the document. */
export const configKind = 'EndpointPickerConfig';

/** What the router uses when it is given no configuration. Source: llm-d-router v0.10.0. */
export const builtInConfig: EndpointPickerConfig = {
  apiVersion: currentApiVersion,
  kind: configKind,
  plugins: [
    { type: 'queue-scorer' },
    { type: 'kv-cache-utilization-scorer' },
    { type: 'prefix-cache-scorer' },
    { type: 'metrics-data-source' },
    { type: 'core-metrics-extractor' },
  ],
  schedulingProfiles: [
    {
      name: 'default',
      plugins: [
        { pluginRef: 'queue-scorer', weight: 2 },
        { pluginRef: 'kv-cache-utilization-scorer', weight: 2 },
        { pluginRef: 'prefix-cache-scorer', weight: 3 },
      ],
    },
  ],
  dataLayer: { sources: [{ pluginRef: 'metrics-data-source', extractors: [{ pluginRef: 'core-metrics-extractor' }] }] },
};
