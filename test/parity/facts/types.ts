/** What upstream deploys, as plain data: only what changes how a cluster behaves, never names of objects. */
export type Role = 'prefill' | 'decode';

/** Flag and value in the order in which they are written; a flag without a value is a list of one. */
export type Arguments = readonly (readonly [flag: string, value?: string])[];

/** All timings in seconds, the API server's defaults filled in. */
export interface ProbeFacts {
  /** `GET <path>` or `gRPC <service>`. */
  readonly ask: string;
  readonly port: number;
  readonly initialDelay: number;
  readonly period: number;
  readonly timeout: number;
  readonly failures: number;
}

export interface ContainerFacts {
  readonly image: string;
  readonly pull: 'Always' | 'IfNotPresent';
  /** The program and what it takes without a flag; empty for the entry point of the image. */
  readonly program: string;
  readonly args: Arguments;
  /** Name to value; `field:<path>` and `secret:<name>/<key>` for references. */
  readonly env: Readonly<Record<string, string>>;
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
  readonly ports: Readonly<Record<string, number>>;
  readonly probes: Readonly<Partial<Record<'startup' | 'liveness' | 'readiness', ProbeFacts>>>;
  /** Mount path to kind, medium and size, e.g. `emptyDir Memory 20Gi`. */
  readonly mounts: Readonly<Record<string, string>>;
  /** Fields of the security context; lists are joined by commas. */
  readonly security: Readonly<Record<string, string>>;
  /** True for an init container that stays (`restartPolicy: Always`). */
  readonly nativeSidecar: boolean;
}

export interface PodFacts {
  readonly labels: Readonly<Record<string, string>>;
  readonly graceSeconds: number;
  readonly automountToken: boolean;
  /** Fields of the pod's security context. */
  readonly security: Readonly<Record<string, string>>;
  readonly containers: Readonly<Record<string, ContainerFacts>>;
}

export interface RoleFacts extends PodFacts {
  readonly workload: 'Deployment' | 'LeaderWorkerSet';
  readonly replicas: number;
  /** Pods of a replica. */
  readonly size: number;
  /** Labels by which a Deployment finds its pods; a LeaderWorkerSet has none. */
  readonly selector: Readonly<Record<string, string>>;
}

export interface PoolFacts {
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: string;
  readonly appProtocol: string;
  readonly failureMode: string;
  readonly pickerPort: number;
}

export interface RouterFacts extends PodFacts {
  readonly replicas: number;
  readonly strategy: string;
  /** `<port> -> <target>`, by name. */
  readonly servicePorts: Readonly<Record<string, string>>;
  /** Verbs by `<group>/<resource>`. */
  readonly permissions: Readonly<Record<string, string>>;
}

/** What matters of the bootstrap of the Envoy beside the router. */
export interface EnvoyFacts {
  readonly listeners: string;
  readonly admin: string;
  readonly bodyMode: string;
  readonly messageTimeout: string;
  readonly failOpen: boolean;
  readonly routeTimeout: string;
  readonly idleTimeout: string;
  readonly destinationHeader: string;
  readonly destinationConnections: number;
  readonly connectionBufferBytes: number;
  readonly pickerAddress: string;
  readonly pickerTls: string;
  readonly pickerHealthCheck: string;
  readonly pickerConnectTimeout: string;
  readonly destinationConnectTimeout: string;
  /** What becomes of the destination header when a client sends it. */
  readonly destinationOfClient: 'kept' | 'removed';
}

/** EndpointPickerConfig: plugins by name, profiles with `<plugin>: <weight>`; filters have no weight. */
export interface PickerFacts {
  readonly plugins: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly profiles: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** One guide, with one model server variant and the standalone router. */
export interface GuideFacts {
  readonly namespace: string;
  readonly objects: Readonly<Record<string, number>>;
  readonly roles: Readonly<Partial<Record<Role, RoleFacts>>>;
  readonly pool: PoolFacts;
  readonly picker: PickerFacts;
  readonly router: RouterFacts;
  readonly envoy: EnvoyFacts;
}
