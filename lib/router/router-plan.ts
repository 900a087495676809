import type { EndpointPickerConfig } from 'llm-d-epp-config';
import type { ServersPlan } from '../values/plan';
import type { RouterFlags } from './router-flags';
import type { ResolvedRouterImage } from './router-image';

/** What a strategy asks of the router and of the servers. */
export interface StrategyFacts {
  /** It reads KV-cache events, so the servers must publish them. */
  readonly needsKvEvents: boolean;
  /** It tokenizes prompts, so a render service must run. */
  readonly needsTokenizer: boolean;
  /** It predicts latencies. */
  readonly needsLatencyPredictor: boolean;
  /** It uses plugins that the router only loads when told so. */
  readonly experimental: boolean;
  /** Decisions rest on what one router has seen. */
  readonly stateful: boolean;
  /** Requests may wait in the router. */
  readonly usesFlowControl: boolean;
}

/** One InferenceObjective of a router. */
export interface RouterObjective {
  /** `metadata.name`; clients name it in the header `x-llm-d-inference-objective`. */
  readonly name: string;
  /** Higher is served first; requests below 0 may be shed. */
  readonly priority: number;
}

/** Everything that a gateway or a rule must know of one router. Plain data, computed once by its constructor. */
export interface RouterPlan {
  /** Construct path. */
  readonly path: string;
  /** Name of Deployment, Service, ServiceAccount, Role and ConfigMap: `<pool>-epp`. */
  readonly name: string;
  /** Name of the InferencePool, and of the servers. */
  readonly poolName: string;
  /** Namespace of router, pool and pods; undefined when neither chart nor servers name one. */
  readonly namespace: string | undefined;
  /** Whether the router finds its pods through an InferencePool or by their labels. */
  readonly mode: 'pool' | 'selector';
  readonly servers: ServersPlan;
  readonly image: ResolvedRouterImage;
  readonly replicas: number;
  /** True when one replica acts and the others wait. */
  readonly leaderElection: boolean;
  readonly facts: StrategyFacts;
  /** The EndpointPickerConfig, as the router reads it. */
  readonly config: EndpointPickerConfig;
  /** Text of the EndpointPickerConfig. */
  readonly configYaml: string;
  /** Flags that the user set. */
  readonly flags: RouterFlags;
  /** Ports of the container. */
  readonly ports: { readonly extProc: number; readonly health: number; readonly metrics: number };
  /** Ports of the Service by name. */
  readonly servicePorts: Readonly<Record<string, number>>;
  readonly failureMode: 'FailOpen' | 'FailClose';
  /** True when an Envoy in the pod takes the requests of clients. */
  readonly proxied: boolean;
  /** True when ext_proc is served over TLS. */
  readonly secureServing: boolean;
  readonly metricsAuth: boolean;
  readonly objectives: readonly RouterObjective[];
}
