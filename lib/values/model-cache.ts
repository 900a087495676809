import type { Size } from 'cdk8s';
import type { Volume } from '../manifests/pod';
import { checkClaim } from '../util/dns';
import { mebibytesOf } from '../util/units';
import { ensure } from '../validation/error';

/**
 * Where a pod keeps the weights that it downloads: a Hugging Face hub cache, with a directory `models--<organisation>--<model>` for each
 * model at its root.
 */
export class ModelCache {
  /** Volume source fields of the cache volume. */
  readonly source: Omit<Volume, 'name'>;
  /** GiB that it holds; undefined when unbounded or unknown. */
  readonly sizeGib: number | undefined;
  /** True when it outlives the pod, so that a restart does not download again. */
  readonly persistent: boolean;
  /** True when nothing is ever written: the weights are there already, and the engine never asks Hugging Face. */
  readonly readOnly: boolean;
  /** Sub path of the volume. */
  readonly subPath: string | undefined;

  private constructor(
    source: Omit<Volume, 'name'>,
    fields: { sizeGib?: number; persistent: boolean; readOnly?: boolean; subPath?: string | undefined },
  ) {
    this.source = Object.freeze(source);
    this.sizeGib = fields.sizeGib;
    this.persistent = fields.persistent;
    this.readOnly = fields.readOnly ?? false;
    this.subPath = fields.subPath;
    Object.freeze(this);
  }

  /** On the node's disk, gone with the pod. With a size, the kubelet evicts a pod that passes it. */
  static emptyDir(size?: Size): ModelCache {
    if (size === undefined) {
      return new ModelCache({ emptyDir: {} }, { persistent: false });
    }
    const mebibytes = mebibytesOf('size', size);
    return new ModelCache({ emptyDir: { sizeLimit: `${mebibytes}Mi` } }, { sizeGib: mebibytes / 1024, persistent: false });
  }

  /** On an existing PersistentVolumeClaim in the pods' namespace; several pods need access mode ReadWriteMany. */
  static pvc(claimName: string, options: ModelCachePvcOptions = {}): ModelCache {
    checkClaim(claimName);
    const { subPath } = options;
    ensure(subPath === undefined || (/^[^/]/.test(subPath) && !subPath.split('/').includes('..')), 'LLMD107', {
      prop: 'subPath',
      given: subPath ?? '',
      allowed: 'it must be a relative path inside the volume',
    });
    const readOnly = options.readOnly ?? false;
    return new ModelCache(
      { persistentVolumeClaim: { claimName, ...(readOnly ? { readOnly } : {}) } },
      { persistent: true, readOnly, subPath },
    );
  }

  /**
   * In a directory of the node, shared by all pods there and kept between them. The engine runs as root, to whom the directory belongs;
   * namespaces with a pod security level refuse it.
   */
  static hostPath(path: string): ModelCache {
    ensure(typeof path === 'string' && path.startsWith('/') && !path.split('/').includes('..'), 'LLMD107', {
      prop: 'path',
      given: String(path),
      allowed: 'it must be an absolute path of the node',
    });
    return new ModelCache({ hostPath: { path, type: 'DirectoryOrCreate' } }, { persistent: true });
  }
}

/** Options of {@link ModelCache.pvc}. */
export interface ModelCachePvcOptions {
  /**
   * Directory of the volume that is the cache.
   * @default - the volume's root
   */
  readonly subPath?: string;
  /**
   * The weights are in the cache already: mount it read-only and keep the engine from asking Hugging Face (`HF_HUB_OFFLINE=1`).
   * @default false
   */
  readonly readOnly?: boolean;
}
