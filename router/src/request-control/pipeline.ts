import type {
  Admitter,
  DataProducer,
  Parser,
  Plugin,
  PreRequest,
  RequestHeaderProcessor,
  ResponseBodyProcessor,
  ResponseHeaderProcessor,
  Screener,
} from '../plugin/plugins';

/** A plugin with its name and type, for messages and metrics. */
export interface Named<P> {
  readonly name: string;
  readonly type: string;
  readonly plugin: P;
}

/** The plugins that a request passes on its way, apart from scheduling, each list in its order. */
export interface Pipeline {
  readonly parsers: readonly Named<Parser>[];
  readonly headerProcessors: readonly Named<RequestHeaderProcessor>[];
  readonly screeners: readonly Named<Screener>[];
  readonly producers: readonly Named<DataProducer>[];
  readonly admitters: readonly Named<Admitter>[];
  readonly preRequest: readonly Named<PreRequest>[];
  readonly responseHeader: readonly Named<ResponseHeaderProcessor>[];
  readonly responseBody: readonly Named<ResponseBodyProcessor>[];
}

/** What of a configuration decides the order of plugins. */
export interface PipelineOrder {
  /** All instances in their order of creation. */
  readonly plugins: readonly { readonly name: string; readonly type: string }[];
  /** Names of the parsers in the order in which they are asked. */
  readonly parsers: readonly string[];
  /** Names of data producers in the order in which they run. */
  readonly producerOrder: readonly string[];
}

/**
 * Sorts the plugins of a configuration into the steps of the pipeline. A plugin takes part in every step it has the method for; parsers
 * and producers in the order the configuration states, all others in the order of creation.
 * @throws Error when the configuration names a parser or producer that is none
 */
export function pipelineOf(order: PipelineOrder, plugins: ReadonlyMap<string, Plugin>): Pipeline {
  const all: Named<Plugin>[] = [];
  for (const { name, type } of order.plugins) {
    const plugin = plugins.get(name);
    if (plugin !== undefined) all.push({ name, type, plugin });
  }
  const having = <P extends Plugin>(...methods: (keyof P & string)[]): Named<P>[] =>
    all.filter(({ plugin }) =>
      methods.some((method) => typeof (plugin as unknown as Record<string, unknown>)[method] === 'function'),
    ) as Named<P>[];
  const named = <P extends Plugin>(names: readonly string[], method: keyof P & string): Named<P>[] => {
    const able = having<P>(method);
    return names.map((name) => {
      const found = able.find((entry) => entry.name === name);
      if (found === undefined) throw new Error(`plugin "${name}" is used for "${method}", which it can not do`);
      return found;
    });
  };
  return {
    parsers: named<Parser>(order.parsers, 'parse'),
    headerProcessors: having<RequestHeaderProcessor>('requestHeader'),
    screeners: having<Screener>('screen'),
    producers: named<DataProducer>(order.producerOrder, 'produce'),
    admitters: having<Admitter>('admit'),
    preRequest: having<PreRequest>('preRequest'),
    responseHeader: having<ResponseHeaderProcessor>('responseHeader'),
    responseBody: having<ResponseBodyProcessor>('responseStart', 'responseChunk', 'responseEnd'),
  };
}
