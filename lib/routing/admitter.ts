import { type PluginParameters, PluginRef } from './plugin-ref';

/** An admitter: refuses requests of negative priority before they are scheduled. It acts outside of the profiles. */
export class Admitter extends PluginRef {
  /** Refuses a request of negative priority that carries latency objectives which no server is predicted to meet. */
  static latencySlo(): Admitter {
    return new Admitter('latency-slo-admitter');
  }

  /** Any admitter by its type; of your own router build, declare the type with `RoutingStrategy.withCustomPlugins`. */
  static plugin(type: string, parameters: PluginParameters = {}): Admitter {
    return new Admitter(type, parameters);
  }

  private constructor(type: string, parameters?: PluginParameters) {
    super(type, parameters);
    Object.freeze(this);
  }
}
