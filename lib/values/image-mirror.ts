import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { checkOneOf, textOf } from '../util/check';
import { coverTree } from '../util/last-step';
import { derivedPlaceholder, hasPlaceholder } from '../util/placeholder';
import { Scoped } from '../util/scoped';
import { ensure, fail } from '../validation/error';
import { Image } from './image';
import { mapImages } from './image-places';
import { ImageRegistry } from './image-registry';
import { canonicalReference, fullName, fullPrefix, isBelow, isBelowOne, isRegistry, suffixOf } from './registry-name';

const ATTACHED = new Scoped<ImageMirror>('image-mirror');

/** Number of functions that name images, of this process. */
let functions = 0;

/**
 * Environment variable that names the mirror when no scope does: for every object of an app in which a `ServingChart` or a construct of this
 * library stands.
 */
export const MIRROR_VARIABLE = 'CDK8S_LLM_D_IMAGE_MIRROR';

/** How the images of all registries lie side by side in a mirror. */
export type MirrorLayout = 'nested' | 'flat';

/** Options of {@link ImageMirror.of}. */
export interface ImageMirrorOptions {
  /**
   * `nested` keeps the path and puts the registry's host before it, as most registries can:
   * `registry.example.com/mirror/ghcr.io/llm-d/llm-d-cuda:v0.8.0`. `flat` makes one name of both, for registries that allow only one below
   * a project: `registry.example.com/mirror/ghcr.io__llm-d__llm-d-cuda:v0.8.0`; `__` in a name of the path is then `_0_`.
   * @default 'nested'
   */
  readonly layout?: MirrorLayout;
  /**
   * Names an image in a mirror with another layout: is given a reference as it is written, returns the one to pull. It is not asked for
   * images that lie in the mirror or in the chart's own registry. Instead of `layout`.
   * @default - the layout decides
   */
  readonly rewrite?: (image: string) => string;
}

/**
 * A registry that holds copies of the images of other registries, for clusters that reach no other one. Set once for a scope
 * (`ServingChart` does so with its `imageMirror`); every image that an object below it names is then written as the mirror has it.
 */
export class ImageMirror {
  /** `host[:port][/path]`, e.g. `registry.example.com/mirror`. */
  readonly registry: string;
  /** How images are named below it, unless a function does that. */
  readonly layout: MirrorLayout;
  private readonly rewrite: ((image: string) => string) | undefined;
  /** Tells this way of naming images from others. */
  private readonly naming: string;

  private constructor(registry: string, options: ImageMirrorOptions) {
    ensure(typeof registry === 'string' && isRegistry(registry), 'LLMD580', { given: textOf(registry) });
    checkOneOf('layout', options.layout, ['nested', 'flat']);
    const { layout, rewrite } = options;
    const clear = rewrite === undefined || (typeof rewrite === 'function' && layout === undefined);
    ensure(clear, 'LLMD107', {
      prop: 'rewrite',
      given: textOf(rewrite),
      allowed: 'it must be a function, and `layout` not be set beside it',
    });
    this.registry = registry;
    this.layout = layout ?? 'nested';
    this.rewrite = rewrite;
    functions += rewrite === undefined ? 0 : 1;
    this.naming = rewrite === undefined ? this.layout : `function-${functions}`;
    Object.freeze(this);
  }

  /** A mirror with a layout of its own; throws LLMD580 when `registry` is none, LLMD107 for options that make no sense. */
  static of(registry: string, options: ImageMirrorOptions = {}): ImageMirror {
    return new ImageMirror(registry, options);
  }

  /** Makes `mirror` the one of everything below `scope`; throws LLMD580 when it is none. */
  static applyTo(scope: IConstruct, mirror: string | ImageMirror): void {
    const known = typeof mirror !== 'string' && typeof mirror?.targetOf === 'function';
    ATTACHED.attach(scope, known ? mirror : new ImageMirror(mirror as string, {}));
    coverTree(scope.node.root, mirrorImages);
  }

  /** The mirror of the nearest scope that has one, else that of `CDK8S_LLM_D_IMAGE_MIRROR`, else undefined. */
  static find(scope: IConstruct): ImageMirror | undefined {
    const variable = process.env[MIRROR_VARIABLE] ?? '';
    return ATTACHED.of(scope) ?? (variable === '' ? undefined : new ImageMirror(variable, {}));
  }

  /**
   * The reference under which the mirror has an image; tag and digest stay. The image itself when it lies in the mirror or below
   * `ownRegistry`, and when it is no reference. An image whose registry is only known at deployment is named then. Throws LLMD581 when the
   * result would be none.
   */
  targetOf(image: string, ownRegistry?: string): string {
    const parsed = Image.tryParse(image);
    if (parsed === undefined || isBelowOne(parsed, [this.registry, ownRegistry])) {
      return image;
    }
    if (hasPlaceholder(image) && (this.rewrite !== undefined || isHostUnknown(parsed))) {
      const name = `image-mirror ${this.registry} ${this.naming} ${ownRegistry ?? ''}`;
      return derivedPlaceholder(name, image, (known) => this.targetOf(known, ownRegistry));
    }
    if (this.rewrite !== undefined) {
      const target: unknown = this.rewrite(image);
      const right = typeof target === 'string' && Image.tryParse(target) !== undefined;
      return right ? target : fail('LLMD581', { image, target: textOf(target), change: 'change what `rewrite` returns' });
    }
    const target = `${this.registry}/${this.pathOf(parsed)}${suffixOf(parsed)}`;
    ensure(Image.tryParse(target) !== undefined, 'LLMD581', {
      image,
      target,
      change: 'shorten the path of the mirror, or name the image in it',
    });
    return target;
  }

  /**
   * The inverse of {@link ImageMirror.targetOf}: where an image of the mirror is copied from. Undefined for what is no copy: an image
   * beside the mirror or one that was pushed to it, and when a function names the images.
   */
  sourceOf(image: string): string | undefined {
    const parsed = Image.tryParse(image);
    if (parsed === undefined || this.rewrite !== undefined || !isBelow(parsed, this.registry)) {
      return undefined;
    }
    const { host: mirrorHost, path: mirrorPath } = fullName(parsed);
    const name = `${mirrorHost}/${mirrorPath}`.slice(fullPrefix(this.registry).length + 1);
    const [host = '', ...path] = this.layout === 'flat' ? name.split(FLAT).map(unescaped) : name.split('/');
    const source = `${host.replace(PORT, ':$1')}/${path.join('/')}${suffixOf(parsed)}`;
    const copied = Image.tryParse(source)?.registry === undefined ? undefined : Image.tryParse(this.targetOf(source));
    return copied !== undefined && canonicalReference(copied) === canonicalReference(parsed) ? source : undefined;
  }

  private pathOf(image: Image): string {
    const { host, path } = fullName(image);
    // A path may hold no colon.
    const folder = host.replace(':', '_');
    return this.layout === 'flat' ? [folder, ...path.split('/').map(escaped)].join(FLAT) : `${folder}/${path}`;
  }
}

function isHostUnknown(image: Image): boolean {
  return image.registry === undefined ? !image.lacksRegistry : hasPlaceholder(image.registry);
}

/** What stands for a slash in the flat layout. */
const FLAT = '__';

/** Part of a path without what stands for a slash: a zero comes between two `_`, and one more to those that are between such already. */
function escaped(part: string): string {
  return part.replace(/_(?=0*_)/g, '_0');
}

function unescaped(part: string): string {
  return part.replace(/_0(?=0*_)/g, '_');
}

const PORT = /_(\d{1,5})$/;

/** The last step of rendering an object: what is certain to be an image is named as the mirror that holds for it has it. */
export function mirrorImages(object: ApiObject, json: unknown): unknown {
  const mirror = ImageMirror.find(object);
  if (mirror === undefined) {
    return json;
  }
  const own = ImageRegistry.of(object);
  return mapImages(json, ({ reference, certain }) => (certain ? mirror.targetOf(reference, own) : reference));
}
