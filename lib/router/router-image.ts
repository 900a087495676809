import { resolve } from 'node:path';
import type { IConstruct } from 'constructs';
import { plainData } from '../routing/plugin-ref';
import type { RouterSchemaVersion } from '../routing/render-config';
import { deepFreeze } from '../util/freeze';
import { derivedPlaceholder, placeholder } from '../util/placeholder';
import { ensure } from '../validation/error';
import { Image } from '../values/image';
import { ownRegistry } from '../values/mirrored-objects';
import { Release } from '../values/release';
import { type ReleaseRow, ROUTER_SCHEMA_VERSION } from '../versions';
import { pushedDigest } from './image-lock';
import { type AssetContent, bundledAsset, checkPackageOptions, onceInApp, type RouterPackageSource } from './router-asset';
import type { ImagePackage, RouterPackageOptions } from './router-package';
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

/** An image that a Pulumi program builds: an `Image` of `@pulumi/docker-build`, or anything else with such an output. */
export interface PulumiImage {
  /** An `Output<string>`: the reference with its digest, known once the image is pushed. */
  readonly ref: { apply(use: (reference: string) => string): unknown };
}

/** An image of this project that somebody has to build: what `cdk8s-llm-d image build` must know of it. */
export interface RouterImageAsset {
  /** Registry, repository and tag, without a digest. */
  readonly reference: string;
  readonly repository: string;
  readonly tag: string;
  /** 64 hex digits over everything that goes into the image. */
  readonly hash: string;
  /** Plugins in the image: name in the configuration, file in the image, and the file on this machine. */
  readonly plugins: readonly { readonly name: string; readonly path: string; readonly file: string }[];
  /** npm packages that were bundled into the plugins; undefined when that is not known. */
  readonly packages: readonly ImagePackage[] | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Stage of the Dockerfile; undefined for the last one. */
  readonly target: string | undefined;
  readonly platforms: readonly string[];
}

/** A router image as it holds for one construct. */
export interface ResolvedRouterImage {
  /** What the kubelet pulls; with the digest where `image push` recorded one. */
  readonly reference: string;
  /** Version of the EndpointPickerConfig that it reads. */
  readonly schemaVersion: RouterSchemaVersion;
  /** True for the upstream router. */
  readonly upstream: boolean;
  /** True when the reference names no registry although the image is in no public one. */
  readonly registryMissing: boolean;
  /** True when the reference may name another image tomorrow. */
  readonly floating: boolean;
  /** How the image is built; undefined when this project does not build it. */
  readonly asset: RouterImageAsset | undefined;
}

/**
 * Which router a pool gets: the one of this project, that of upstream, or an image of one's own.
 */
export class RouterImage {
  /**
   * The router of this project, `llm-d-epp:<tag of the release>`, under the registry of the chart (`imageRegistry`) or of
   * `CDK8S_LLM_D_REGISTRY`. Without either, pods start only where the image was loaded into the nodes, and a warning says so. The tag holds
   * a hash of everything in the image, so pods roll exactly when the router has changed. `npx cdk8s-llm-d image push` builds and pushes
   * it; nothing of the router's package is needed at synth.
   */
  static readonly BUNDLED = new RouterImage({ kind: 'bundled', schema: ROUTER_SCHEMA_VERSION });

  /** Kept to tell images apart in messages. */
  readonly kind: 'bundled' | 'package' | 'upstream' | 'upstream-mirror' | 'custom';
  private readonly reference: string | undefined;
  private readonly version: string | undefined;
  private readonly schema: string | undefined;
  private readonly source: RouterPackageSource | undefined;

  private constructor(
    given: Pick<RouterImage, 'kind'> & { reference?: string; version?: string; schema?: string; source?: RouterPackageSource },
  ) {
    this.kind = given.kind;
    this.reference = given.reference;
    this.version = given.version;
    this.schema = given.schema;
    this.source = given.source;
    Object.freeze(this);
  }

  /**
   * The router of this project as its package `llm-d-epp` builds it, with plugins and build arguments of one's own. The package is the one
   * that `dir` is or sees, by default that of the working folder. Its files, the plugins and all options are hashed into the tag when the
   * image is used: the same on every machine and in every folder, another one as soon as something changes. `app.synth()` lists the image
   * in `llm-d-images.json`; `npx cdk8s-llm-d image push` builds and pushes what stands there.
   *
   * Throws LLMD107 for options of a wrong shape at once; in the router's constructor LLMD570 when the package is not found, LLMD571 when it
   * cannot be loaded, LLMD572 when it cannot make an image of the options and LLMD573 when the file of a plugin is missing.
   */
  static fromPackage(options?: RouterPackageOptions): RouterImage;
  static fromPackage(dir: string, options?: RouterPackageOptions): RouterImage;
  static fromPackage(first?: string | RouterPackageOptions, second?: RouterPackageOptions): RouterImage {
    const [dir, options] = typeof first === 'string' ? [first, second ?? {}] : [undefined, first ?? {}];
    checkPackageOptions(dir, options);
    const source = { dir, cwd: process.cwd(), options: plainData(options) };
    return new RouterImage({ kind: 'package', schema: ROUTER_SCHEMA_VERSION, source: deepFreeze(source) });
  }

  /**
   * The upstream router; `version` is its tag, by default that of the release. Throws LLMD542 when it is none that
   * we can write a configuration for.
   */
  static upstream(version?: string): RouterImage {
    if (version === undefined) {
      return new RouterImage({ kind: 'upstream' });
    }
    schemaVersionOf(version);
    return new RouterImage({ kind: 'upstream', version });
  }

  /** An image by its full reference; throws LLMD540 when it is none. */
  static of(reference: string, options: RouterImageOptions = {}): RouterImage {
    Image.parse(reference);
    const schema = schemaVersionOf(options.schemaVersion ?? ROUTER_SCHEMA_VERSION);
    return new RouterImage({ kind: options.upstream === true ? 'upstream-mirror' : 'custom', reference, schema });
  }

  /**
   * An image that the same Pulumi program builds and pushes, by the digest that the registry answers: pods roll when it changes, and are
   * made after it was pushed. Only what `cdk8s-llm-d/pulumi` deploys can use it, a stack or a component; a plain synth fails with LLMD901.
   *
   * Throws LLMD107 for what is no such image; at deployment LLMD107 for an image that was not pushed, LLMD540 for what is no reference.
   */
  static fromPulumi(image: PulumiImage, options: RouterImageOptions = {}): RouterImage {
    const ref: unknown = image?.ref;
    const given = ref === undefined ? 'nothing' : String(typeof ref);
    const known = typeof ref === 'object' && ref !== null && 'apply' in ref;
    ensure(known, 'LLMD107', {
      prop: 'image.ref',
      given,
      allowed: 'give an Image of @pulumi/docker-build, whose `ref` is a Pulumi output',
    });
    return RouterImage.of(derivedPlaceholder('pushed-image', placeholder(image.ref), pushed), options);
  }

  /** Version of the EndpointPickerConfig that it reads; for `upstream()` without a version, that of the latest release. */
  get schemaVersion(): RouterSchemaVersion {
    return schemaVersionOf(this.schema ?? this.version ?? Release.LATEST.row.upstreamRouter.version);
  }

  /** The image as it holds for `scope`: its release, its registry and the record of pushed digests decide. */
  resolve(scope: IConstruct): ResolvedRouterImage {
    const row = Release.of(scope).row;
    const schemaVersion = schemaVersionOf(this.schema ?? this.version ?? row.upstreamRouter.version);
    if (this.kind === 'bundled' || this.kind === 'package') {
      return deepFreeze({ ...this.own(scope, row.router), schemaVersion, upstream: false });
    }
    const reference = this.reference ?? `${row.upstreamRouter.repository}:${this.version ?? row.upstreamRouter.version}`;
    const upstream = this.kind !== 'custom';
    const floating = Image.parse(reference).isFloating;
    return deepFreeze({ reference, schemaVersion, upstream, registryMissing: false, floating, asset: undefined });
  }

  private own(scope: IConstruct, { repository, tag: bundled }: ReleaseRow['router']) {
    const registry = ownRegistry(scope);
    const built = this.source === undefined ? bundledAsset(bundled) : onceInApp(scope, this.source);
    const tag = built?.tag ?? bundled;
    const tagged = `${registry === undefined ? '' : `${registry}/`}${repository}:${tag}`;
    const digest = pushedDigest(tagged);
    // What is loaded into a node is known there by its tag alone: with a digest the kubelet would ask Docker Hub for it.
    const reference = digest === undefined || registry === undefined ? tagged : `${tagged}@${digest}`;
    const image = Image.parse(reference);
    return {
      reference,
      registryMissing: image.lacksRegistry,
      floating: image.isFloating,
      asset: built && { ...described(built, this.source?.cwd ?? ''), reference: tagged, repository },
    };
  }
}

/** The reference of an image that Pulumi has built. */
function pushed(reference: string): string {
  const allowed = 'an image has a reference once it is pushed: give it `push: true` and `tags`';
  ensure(reference !== '', 'LLMD107', { prop: 'image.ref', given: reference, allowed });
  return Image.parse(reference).toString();
}

/** Without what only the router's package cares about; files by their full path. */
function described({ tag, hash, plugins, buildArgs, target, platforms }: AssetContent, cwd: string) {
  return {
    tag,
    hash,
    plugins: plugins.map(({ name, path, source }) => ({ name, path, file: resolve(cwd, source) })),
    packages: plugins.every(({ packages }) => packages !== undefined) ? plugins.flatMap(({ packages = [] }) => packages) : undefined,
    buildArgs: { ...buildArgs },
    target,
    platforms: [...platforms],
  };
}
