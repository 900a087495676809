import { ensure } from '../validation/error';
import type { ServersPlan } from '../values/plan';
import { type PluginParameters, type PluginRef, plainData } from './plugin-ref';
import type { RenderConfigOptions } from './render-config';
import { METRICS_EXTRACTOR, PRECISE_PRODUCER, TOKEN_PRODUCER } from './strategy-parts';

/** Everything that a plugin's parameters may depend on. */
export interface Binding {
  readonly servers: ServersPlan;
  readonly options: RenderConfigOptions;
  /** Word for messages. */
  readonly strategy: string;
}

/**
 * The plugin with the parameters that only the servers know (block size, ports, names) and in the words of the router's version. What
 * the strategy says wins over the servers.
 */
export function bindPlugin<T extends PluginRef>(plugin: T, binding: Binding): T {
  const bound = BINDERS[plugin.type]?.(plugin.parameters, binding);
  return bound === undefined ? plugin : plugin.withParameters(bound);
}

type Binder = (parameters: PluginParameters, binding: Binding) => PluginParameters;

const BINDERS: Readonly<Record<string, Binder>> = {
  [PRECISE_PRODUCER]: bindPrecise,
  [TOKEN_PRODUCER]: bindTokens,
  [METRICS_EXTRACTOR]: (parameters, { servers }) => ({
    defaultEngine: servers.engineType === 'vllm' ? undefined : servers.engineType,
    ...parameters,
  }),
  'session-affinity-filter': bindSession,
  'session-affinity-scorer': bindSession,
};

function bindPrecise(parameters: PluginParameters, { servers }: Binding): PluginParameters {
  const events = block(parameters.kvEventsConfig);
  return {
    ...parameters,
    tokenProcessorConfig: { blockSizeTokens: servers.kvBlockTokens, ...block(parameters.tokenProcessorConfig) },
    kvEventsConfig: {
      engineType: servers.engineType === 'vllm' ? undefined : servers.engineType,
      discoverPods: true,
      ...events,
      podDiscoveryConfig: { socketPort: servers.kvEventsPort, ...block(events.podDiscoveryConfig) },
    },
  };
}

function bindTokens(parameters: PluginParameters, { servers, options, strategy }: Binding): PluginParameters {
  if (parameters.vllm === undefined && parameters.modelName === undefined) {
    return parameters;
  }
  const vllm = { url: options.tokenizerUrl, ...block(parameters.vllm) };
  ensure(vllm.url !== undefined, 'LLMD510', { strategy });
  return { modelName: servers.model.servedName, ...parameters, vllm };
}

/** v0.9.0 knows only the header and calls it otherwise; what it does not know at all stays, for the check to name it. */
function bindSession(parameters: PluginParameters, { options }: Binding): PluginParameters {
  const { header } = block(parameters.encodedEndpointHeaderConfig);
  return options.version === 'v0.9.0' && header !== undefined
    ? { ...parameters, encodedEndpointHeaderConfig: undefined, headerName: header }
    : parameters;
}

function block(value: unknown): PluginParameters {
  return plainData((value ?? {}) as PluginParameters);
}
