/** What is known of a model server from where it was discovered: one pod IP and one of its target ports. */
export interface EndpointMetadata {
  /** `<namespace>/<pod>-rank-<index>` from Kubernetes, `<namespace>/<name>` from a file. Unique. */
  readonly id: string;
  readonly namespace: string;
  /** Pod name, or the name in the file. */
  readonly name: string;
  /** IP address, or a host name from `multicluster-file-discovery`. */
  readonly address: string;
  readonly port: number;
  /** `host:port` that serves the metrics page. */
  readonly metricsHost: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Index of the port in the pool's `targetPorts`: the data-parallel rank. */
  readonly rankIndex: number;
  /**
   * IP address of the node.
   * @default - not known
   */
  readonly nodeAddress?: string;
  /**
   * `spec.hostname` of the pod.
   * @default - not known
   */
  readonly hostname?: string;
}

/** `address:port` with an IPv6 address in brackets. */
export const hostPort = (address: string, port: number): string => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);

/** LoRA adapters as the model server reports them. */
export interface LoraState {
  readonly active: ReadonlySet<string>;
  readonly waiting: ReadonlySet<string>;
  readonly maxAdapters: number;
}

const NO_LORA: LoraState = { active: new Set(), waiting: new Set(), maxAdapters: 0 };

/**
 * A model server in the table.
 *
 * The object lives as long as the endpoint; numbers about it are in the table's columns at `slot`. After a deletion `removed` is true
 * and the slot may belong to another endpoint.
 */
export class Endpoint {
  /** `address:port`, as it stands in headers; an IPv6 address is in brackets. */
  readonly host: string;
  /** True once the endpoint was deleted: its slot must not be touched any more. */
  removed = false;
  /** LoRA adapters at the last scrape. */
  lora: LoraState = NO_LORA;
  /** Other than numbers: what extractors learned, by data key (models, topology). */
  readonly facts = new Map<string, unknown>();

  constructor(
    readonly slot: number,
    public metadata: EndpointMetadata,
  ) {
    this.host = hostPort(metadata.address, metadata.port);
  }

  /** `<namespace>/<name>[-rank-<index>]`. */
  get id(): string {
    return this.metadata.id;
  }
}
