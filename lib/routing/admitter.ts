import { MODULE, type ModuleFile, type ModuleOptions, moduleOf, type PluginParameters, PluginRef } from './plugin-ref';

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

  /**
   * A plugin of your own that acts outside of the profiles: it admits requests, or only listens to them and to their responses. From the
   * image or from a file in the container, as `Scorer.module`.
   */
  static module(name: string, options: ModuleOptions = {}): Admitter {
    const [file, parameters] = moduleOf(name, options);
    return new Admitter(MODULE, parameters, file);
  }

  private constructor(type: string, parameters?: PluginParameters, file?: ModuleFile) {
    super(type, parameters, file);
    Object.freeze(this);
  }
}
