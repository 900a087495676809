import type { IConstruct } from 'constructs';
import type { RouterSchemaVersion } from '../routing/render-config';
import { deepFreeze } from '../util/freeze';
import { Image } from '../values/image';
import { ImageRegistry } from '../values/image-registry';
import { Release } from '../values/release';
import { ROUTER_SCHEMA_VERSION } from '../versions';
import { schemaVersionOf } from './router-version';

/** What {@link RouterImage.of} may be told of an image. */
export interface RouterImageOptions {
  /**
   * Version of the EndpointPickerConfig that the router in the image reads, e.g. `v0.9.0`: plugins and flags that it does not know are
   * refused at synth.
   * @default 'v0.10.0'
   */
  readonly schemaVersion?: string;
  /**
   * True when the image holds the upstream router, in a mirror say: latency prediction then runs in containers beside it.
   * @default false
   */
  readonly upstream?: boolean;
}

/** A router image as it holds for one construct. */
export interface ResolvedRouterImage {
  /** What the kubelet pulls. */
  readonly reference: string;
  /** Version of the EndpointPickerConfig that it reads. */
  readonly schemaVersion: RouterSchemaVersion;
  /** True for the upstream router. */
  readonly upstream: boolean;
  /** True when the reference names no registry although the image is in no public one. */
  readonly registryMissing: boolean;
  /** True when the reference may name another image tomorrow. */
  readonly floating: boolean;
}

/**
 * Which router a pool gets: the one of this project, that of upstream, or an image of one's own.
 */
export class RouterImage {
  /**
   * The router of this project, `llm-d-epp:<tag of the release>`, under the registry of the chart (`imageRegistry`) or of
   * `CDK8S_LLM_D_REGISTRY`. Without either, pods start only where the image was loaded into the nodes, and a warning says so.
   */
  static readonly BUNDLED = new RouterImage('bundled', undefined, undefined, ROUTER_SCHEMA_VERSION);

  /** Kept to tell images apart in messages. */
  readonly kind: 'bundled' | 'upstream' | 'upstream-mirror' | 'custom';
  private readonly reference: string | undefined;
  private readonly version: string | undefined;
  private readonly schema: string | undefined;

  private constructor(kind: RouterImage['kind'], reference: string | undefined, version: string | undefined, schema: string | undefined) {
    this.kind = kind;
    this.reference = reference;
    this.version = version;
    this.schema = schema;
    Object.freeze(this);
  }

  /**
   * The upstream router; `version` is its tag, by default that of the release. Throws LLMD542 when it is none that
   * we can write a configuration for.
   */
  static upstream(version?: string): RouterImage {
    if (version !== undefined) {
      schemaVersionOf(version);
    }
    return new RouterImage('upstream', undefined, version, undefined);
  }

  /** An image by its full reference; throws LLMD540 when it is none. */
  static of(reference: string, options: RouterImageOptions = {}): RouterImage {
    Image.parse(reference);
    const schema = schemaVersionOf(options.schemaVersion ?? ROUTER_SCHEMA_VERSION);
    return new RouterImage(options.upstream === true ? 'upstream-mirror' : 'custom', reference, undefined, schema);
  }

  /** Version of the EndpointPickerConfig that it reads; for `upstream()` without a version, that of the latest release. */
  get schemaVersion(): RouterSchemaVersion {
    return schemaVersionOf(this.schema ?? this.version ?? Release.LATEST.row.upstreamRouter.version);
  }

  /** The image as it holds for `scope`: its release and its registry decide. */
  resolve(scope: IConstruct): ResolvedRouterImage {
    const row = Release.of(scope).row;
    const upstream = this.kind === 'upstream' || this.kind === 'upstream-mirror';
    const version = this.version ?? row.upstreamRouter.version;
    const registry = this.kind === 'bundled' ? ImageRegistry.of(scope) : undefined;
    const bundled = `${registry === undefined ? '' : `${registry}/`}${row.router.repository}:${row.router.tag}`;
    const reference = this.reference ?? (upstream ? `${row.upstreamRouter.repository}:${version}` : bundled);
    const image = Image.parse(reference);
    return deepFreeze({
      reference,
      schemaVersion: schemaVersionOf(this.schema ?? version),
      upstream,
      registryMissing: this.kind === 'bundled' && image.lacksRegistry,
      floating: image.isFloating,
    });
  }
}
