import type { EnvVar, Volume, VolumeMount } from '../manifests/pod';
import { checkInteger, checkRange, checkText } from '../util/check';
import { checkClaim, labelValue } from '../util/dns';
import { deepFreeze } from '../util/freeze';
import { ensure } from '../validation/error';
import { Image } from './image';
import { ModelCache } from './model-cache';
import { KNOWN_MODELS, type ModelFacts } from './model-catalog';

/** Where mounted weights appear in the pod. Source: the modelservice chart. */
const MODEL_MOUNT = '/model-cache';
/** Where the hub cache of downloaded weights is. Source: the wide-EP guide; one place for all servers, so that they can share a volume. */
const HUB_CACHE_MOUNT = '/var/cache/huggingface';
/** Scratch space of the engine's libraries, below the home directory that an unknown user id gets (`/`); always writable. */
export const CACHE_MOUNT = '/.cache';
const VOLUME = 'model-storage';
const HUB_ID = /^[A-Za-z0-9_][\w.-]*\/[A-Za-z0-9_][\w.-]*$/;

/** What a planner knows of a model. */
export interface ModelPlan {
  readonly kind: 'huggingFace' | 'pvc' | 'oci';
  /** Name under which clients ask for it. */
  readonly servedName: string;
  /** What the engine is given: a Hugging Face id or a path in the pod. */
  readonly reference: string;
  /** Legal label value: the last part of the name. */
  readonly shortName: string;
  readonly revision: string | undefined;
  readonly trustRemoteCode: boolean;
  /** Name and key of the Secret that holds the Hugging Face token; undefined for none. */
  readonly token: { readonly secretName: string; readonly key: string } | undefined;
  /** Volume that holds or receives the weights. */
  readonly volume: Volume;
  readonly mount: VolumeMount;
  /** Environment that points the engine there. */
  readonly env: readonly EnvVar[];
  readonly cacheGib: number | undefined;
  /** Facts of the model, when known. */
  readonly facts: Partial<ModelFacts>;
}

/** Options that every source takes. */
export interface ModelOptions {
  /**
   * Name under which clients ask for the model.
   * @default - the Hugging Face id; for mounted weights the path or image name
   */
  readonly servedName?: string;
  /**
   * Lets the engine run Python code that comes with the weights.
   * @default false
   */
  readonly trustRemoteCode?: boolean;
  /**
   * Attention heads of the model; tensor parallelism is checked against them.
   * @default - known for common models, else not checked
   */
  readonly attentionHeads?: number;
  /**
   * Size of the weights in GiB; start-up budget and cache size are checked against it.
   * @default - known for common models, else not checked
   */
  readonly weightGib?: number;
}

/** Options of {@link ModelSource.huggingFace}. */
export interface HuggingFaceOptions extends ModelOptions {
  /**
   * Name of an existing Secret in the pods' namespace that holds a Hugging Face token. A token itself is refused.
   * @default - no token: only public models can be downloaded
   */
  readonly tokenSecret?: string;
  /**
   * Key of that Secret.
   * @default HF_TOKEN
   */
  readonly tokenKey?: string;
  /**
   * Branch, tag or commit; a commit pins the weights.
   * @default - the repository's main branch at the time of each start
   */
  readonly revision?: string;
  /**
   * Where the weights are kept.
   * @default - an emptyDir: each new pod downloads again
   */
  readonly cache?: ModelCache;
  /**
   * Whether the repository asks for an accepted licence; without a token that is a finding.
   * @default - known for common models, else false
   */
  readonly gated?: boolean;
}

/** Where the weights come from. */
export class ModelSource {
  readonly plan: ModelPlan;

  private constructor(plan: ModelPlan) {
    this.plan = deepFreeze(plan);
    Object.freeze(this);
  }

  /**
   * From Hugging Face: each pod downloads `id` at its start into its cache.
   *
   * Errors: LLMD107 when `id` is not `organisation/model`, or when `tokenSecret` looks like a token.
   */
  static huggingFace(id: string, options: HuggingFaceOptions = {}): ModelSource {
    ensure(HUB_ID.test(id) && !/--|\.\./.test(id), 'LLMD107', {
      prop: 'model',
      given: id,
      allowed: 'a Hugging Face id is "organisation/model"',
    });
    checkTokenReference('tokenSecret', options.tokenSecret, /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
    checkTokenReference('tokenKey', options.tokenKey, /^(?!hf_[A-Za-z0-9]{20})[-\w.]+$/);
    checkRevision(options.revision);
    const cache = options.cache ?? ModelCache.emptyDir();
    ensure(cache.source !== undefined, 'LLMD107', {
      prop: 'cache',
      given: String(cache),
      allowed: 'make it by ModelCache, e.g. ModelCache.pvc("models")',
    });
    return new ModelSource({
      ...common('huggingFace', id, id, options),
      revision: options.revision,
      token: options.tokenSecret === undefined ? undefined : { secretName: options.tokenSecret, key: options.tokenKey ?? 'HF_TOKEN' },
      volume: { name: VOLUME, ...cache.source },
      mount: {
        name: VOLUME,
        mountPath: HUB_CACHE_MOUNT,
        ...(cache.subPath === undefined ? {} : { subPath: cache.subPath }),
        ...(cache.readOnly ? { readOnly: true } : {}),
      },
      env: [{ name: 'HF_HUB_CACHE', value: HUB_CACHE_MOUNT }, ...(cache.readOnly ? [{ name: 'HF_HUB_OFFLINE', value: '1' }] : [])],
      cacheGib: cache.sizeGib,
      facts: factsOf(id, options, options.gated),
    });
  }

  /**
   * From an existing PersistentVolumeClaim (`pvc://claim/path`): mounted read-only, nothing is downloaded.
   *
   * @param path directory of the weights inside the volume, e.g. `openai/gpt-oss-120b`; also the served name unless given.
   */
  static pvc(claimName: string, path: string, options: ModelOptions = {}): ModelSource {
    checkClaim(claimName);
    const inside = directory(path);
    return new ModelSource({
      ...common('pvc', `${MODEL_MOUNT}/${inside}`, inside, options),
      volume: { name: VOLUME, persistentVolumeClaim: { claimName, readOnly: true } },
      mount: { name: VOLUME, mountPath: MODEL_MOUNT, readOnly: true },
      facts: factsOf(inside, options, false),
    });
  }

  /**
   * From an OCI image whose files are the weights, mounted read-only as a Kubernetes image volume (beta from 1.33 behind a feature
   * gate, on by default from 1.35). The kubelet pulls it like any image and keeps it on the node.
   */
  static oci(reference: string, options: OciOptions = {}): ModelSource {
    const image = Image.parse(reference);
    const name = image.repository.split('/').pop() as string;
    const inside = options.path === undefined ? '' : `/${directory(options.path)}`;
    return new ModelSource({
      ...common('oci', `${MODEL_MOUNT}${inside}`, name, options),
      volume: { name: VOLUME, image: { reference, pullPolicy: 'IfNotPresent' } },
      mount: { name: VOLUME, mountPath: MODEL_MOUNT, readOnly: true },
      facts: factsOf(name, options, false),
    });
  }
}

/** Options of {@link ModelSource.oci}. */
export interface OciOptions extends ModelOptions {
  /**
   * Directory of the weights inside the image.
   * @default - the image's root
   */
  readonly path?: string;
}

/** What does not name a Secret may be the token itself, so it is never repeated in the message. */
function checkTokenReference(prop: string, given: string | undefined, legal: RegExp): void {
  ensure(given === undefined || (typeof given === 'string' && legal.test(given) && given.length <= 253), 'LLMD107', {
    prop,
    given: `… (${String(given).length} characters)`,
    allowed: 'name an existing Secret and its key; a token itself would end up in the manifests',
  });
}

function checkRevision(revision: string | undefined): void {
  ensure(revision === undefined || /^[^\s-]\S*$/.test(revision), 'LLMD107', {
    prop: 'revision',
    given: revision ?? '',
    allowed: 'name a branch, a tag or a commit',
  });
}

/** A directory inside a volume, without slashes at its ends. */
function directory(path: string): string {
  ensure(typeof path === 'string', 'LLMD107', { prop: 'path', given: String(path), allowed: 'it must name a directory inside the volume' });
  const inside = path.replace(/^\/+|\/+$/g, '');
  ensure(inside !== '' && !inside.split('/').includes('..'), 'LLMD107', {
    prop: 'path',
    given: path,
    allowed: 'it must name a directory inside the volume',
  });
  return inside;
}

function common(kind: ModelPlan['kind'], reference: string, name: string, options: ModelOptions) {
  const servedName = options.servedName ?? name;
  checkText('servedName', servedName, /^\S+$/, 'a name without spaces');
  const shortName = labelValue(servedName.split('/').pop() as string);
  ensure(shortName !== '', 'LLMD107', {
    prop: 'servedName',
    given: servedName,
    allowed: 'it must have a letter or digit that a label can carry',
  });
  return {
    kind,
    reference,
    servedName,
    shortName,
    revision: undefined,
    trustRemoteCode: options.trustRemoteCode ?? false,
    token: undefined,
    env: [],
    cacheGib: undefined,
  };
}

function factsOf(name: string, options: ModelOptions, gated: boolean | undefined): Partial<ModelFacts> {
  if (options.attentionHeads !== undefined) {
    checkInteger('attentionHeads', options.attentionHeads, 1);
  }
  if (options.weightGib !== undefined) {
    checkRange('weightGib', options.weightGib, 0, 1_000_000);
  }
  const known: Partial<ModelFacts> = KNOWN_MODELS[name] ?? {};
  return {
    ...known,
    ...(options.attentionHeads === undefined ? {} : { attentionHeads: options.attentionHeads }),
    ...(options.weightGib === undefined ? {} : { weightGib: options.weightGib }),
    ...(gated === undefined ? {} : { gated }),
  };
}
