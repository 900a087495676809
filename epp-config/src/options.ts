import type { ConsumedKey, PluginKind, ProducedKey } from './plugin-spec';
import type { RouterVersion } from './versions';

/** A plugin type that upstream does not register: of a fork or of your own. */
export interface CustomPlugin {
  readonly type: string;
  /**
   * What it can be used as.
   * @default - anything: no reference to it is refused, and it counts as neither handler nor picker
   */
  readonly roles?: readonly PluginKind[];
  /**
   * Data it writes.
   * @default []
   */
  readonly produces?: readonly ProducedKey[];
  /**
   * Data it reads.
   * @default []
   */
  readonly consumes?: readonly ConsumedKey[];
}

/** What a configuration is checked against. */
export interface ParseOptions {
  /**
   * Plugin types beyond the catalog; undeclared ones are errors.
   * @default []
   */
  readonly customPlugins?: readonly (string | CustomPlugin)[];
  /**
   * Router version that will read the configuration.
   * @default 'main'
   */
  readonly version?: RouterVersion;
  /**
   * Whether Alpha plugins are allowed, as by `--allow-experimental-plugins`.
   * @default false
   */
  readonly allowExperimental?: boolean;
  /**
   * Whether the router is the one of this project, which starts with some configurations that upstream refuses: it creates
   * inflight-load-producer for UncachedRequestTokens too, so that token-load-scorer needs no declared producer, and it loads plugins of
   * type `module`.
   * @default false
   */
  readonly extended?: boolean;
}
