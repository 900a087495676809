import type { Accelerator } from './accelerator';
import type { Network } from './network';

/** How a failed transfer ends: the request fails, or decode computes the prompt itself. Source: vLLM's `kv_load_failure_policy`. */
export type KvLoadFailurePolicy = 'fail' | 'recompute';

/** Options of {@link KvTransfer.nixl}. */
export interface NixlOptions {
  /**
   * What the engine does when the cache of a prefill worker cannot be fetched.
   *
   * @default - the engine's: fail
   */
  readonly loadFailurePolicy?: KvLoadFailurePolicy;
  /**
   * NIXL backends, in order of preference.
   *
   * @default - UCX, which the engine takes by itself; LIBFABRIC on EFA
   */
  readonly backends?: readonly string[];
}

/** First port on which a worker's NIXL agent answers; rank r uses `5600 + r`. Source: vLLM's default, the guides' container port. */
export const NIXL_SIDE_CHANNEL_PORT = 5600;
/** Port on which a SGLang or Mooncake prefill worker hands out its transfer address. Source: the routing sidecar's default. */
export const BOOTSTRAP_PORT = 8998;

/** How a prefill worker hands its KV cache to a decode worker. */
export class KvTransfer {
  readonly kind: 'nixl' | 'mooncake';
  private readonly options: NixlOptions;

  private constructor(kind: 'nixl' | 'mooncake', options: NixlOptions) {
    this.kind = kind;
    this.options = Object.freeze({ ...options });
    Object.freeze(this);
  }

  /** Through NIXL: decode reads the cache out of the prefill worker's memory. */
  static nixl(options: NixlOptions = {}): KvTransfer {
    return new KvTransfer('nixl', options);
  }

  /** Through Mooncake's transfer engine: the prefill worker pushes the cache. */
  static mooncake(): KvTransfer {
    return new KvTransfer('mooncake', {});
  }

  /** Value of the routing sidecar's `--kv-connector`. */
  sidecarConnector(engine: 'vllm' | 'sglang' | 'simulator'): string {
    if (engine === 'sglang') {
      return 'sglang';
    }
    return this.kind === 'nixl' ? 'nixlv2' : 'mooncake';
  }

  /** NIXL backends to name; undefined where the engine's own choice (UCX) is right or NIXL is not used. */
  nixlBackends(network: Network): readonly string[] | undefined {
    if (this.kind !== 'nixl') {
      return undefined;
    }
    return this.options.backends ?? (network.nixlBackend === 'UCX' ? undefined : [network.nixlBackend]);
  }

  /** Value of vLLM's `--kv-transfer-config`, as an object. */
  vllmConfig(role: 'prefill' | 'decode', network: Network, accelerator: Accelerator): Record<string, unknown> {
    if (this.kind === 'mooncake') {
      return { kv_connector: 'MooncakeConnector', kv_role: role === 'prefill' ? 'kv_producer' : 'kv_consumer' };
    }
    const backends = this.nixlBackends(network);
    const device = bufferDevice(network, accelerator);
    return {
      kv_connector: 'NixlConnector',
      kv_role: 'kv_both',
      ...(device === undefined ? {} : { kv_buffer_device: device }),
      ...(this.options.loadFailurePolicy === undefined ? {} : { kv_load_failure_policy: this.options.loadFailurePolicy }),
      ...(backends === undefined ? {} : { kv_connector_extra_config: { backends: [...backends] } }),
    };
  }
}

/** Memory that NIXL reads; vLLM takes CUDA's by itself. Source: the xpu overlays of the pd-disaggregation guide. */
function bufferDevice(network: Network, { vendor, variant }: Accelerator): 'cpu' | 'xpu' | undefined {
  if (vendor === 'cpu') {
    return 'cpu';
  }
  return variant === 'xpu' ? (network.isRdma ? 'xpu' : 'cpu') : undefined;
}
