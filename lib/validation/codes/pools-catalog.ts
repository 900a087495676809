/** 3xx: labels, pools, ports, probes, monitoring. */
export const POOL_CODES = {
  LLMD301: {
    severity: 'error',
    slug: 'managed-label',
    message: 'label {key} is written by the library: choose another key',
    why: 'Pools and workloads find their pods by it; user labels never enter selectors.',
  },
  LLMD302: {
    severity: 'error',
    slug: 'pool-selects-nothing',
    message: 'pool "{pool}" selects {selector}, no workload in namespace {namespace} has pods with these labels',
    why: 'The router sees no endpoint and answers 503.',
  },
  LLMD303: {
    severity: 'error',
    slug: 'pool-selects-other-pods',
    message: 'pool "{pool}" also selects the pods of {kind} "{workload}", which serve no model: remove the labels {selector} from them',
    why: 'Requests would be sent to pods that are no model servers.',
  },
  LLMD304: {
    severity: 'error',
    slug: 'pools-overlap',
    message: 'pools "{first}" and "{second}" of namespace {namespace} both select the pods of "{workload}": give each its own servers',
    why: 'Two routers would count the load of the same pods, each seeing half of it.',
  },
  LLMD305: {
    severity: 'error',
    slug: 'selector-own-labels',
    message: '{kind} "{workload}" selects {selector}, which its own pods do not carry: do not change labels by a patch',
    why: 'The API server refuses it.',
  },
  LLMD306: {
    severity: 'error',
    slug: 'selectors-overlap',
    message: 'workloads "{first}" and "{second}" of namespace {namespace} select the same pods: name them differently',
    why: "Both controllers would adopt and delete each other's pods.",
  },
  LLMD307: {
    severity: 'error',
    slug: 'target-port',
    message: 'pool "{pool}" sends to port {port}, on which no container of "{workload}" listens: it has {allowed}',
    why: 'Every request to that port is refused.',
  },
  LLMD308: {
    severity: 'error',
    slug: 'probe-port',
    message: 'the {probe} probe of container "{container}" asks port {port}, which the container does not have: it has {allowed}',
    why: 'The probe never passes, or asks the sidecar instead of the engine.',
  },
  LLMD309: {
    severity: 'error',
    slug: 'port-name',
    message:
      'port name "{name}" of "{workload}" is not legal or not unique in its pod: at most 15 lower-case letters, digits and "-", each once',
    why: 'The API server refuses the pod, or a probe and a monitor ask whichever port comes first.',
  },
  LLMD310: {
    severity: 'error',
    slug: 'port-twice',
    message: 'port {port}/{protocol} is used by containers "{first}" and "{second}" of "{workload}": containers of a pod share their ports',
    why: 'The second container cannot listen and exits.',
  },
  LLMD311: {
    severity: 'error',
    slug: 'monitor-port',
    message: '{kind} "{monitor}" scrapes port "{port}", which nothing that it selects has',
    why: 'Prometheus finds no target and says nothing.',
  },
  LLMD312: {
    severity: 'error',
    slug: 'service-port',
    message: 'Service "{service}" {problem}',
    why: 'The API server refuses it, or connections to it are refused.',
  },
  LLMD313: {
    severity: 'error',
    slug: 'name-collision',
    message: '{kind} "{name}" of namespace {namespace} is defined twice, at {first} and {second}: change a construct id or `name`',
    why: 'The second one overwrites the first when both are applied.',
  },
  LLMD314: {
    severity: 'warning',
    slug: 'servers-without-route',
    message:
      'no gateway routes to {servers}: pass it to `addModel` of an InferenceGateway, or acknowledge that it is reached in another way',
    why: 'Servers never make a gateway by themselves.',
  },
  LLMD315: {
    severity: 'error',
    slug: 'role-label',
    message: 'pool "{pool}" asks for pods of role {role}, its pods have the label llm-d.ai/role={allowed}: do not change it by a patch',
    why: 'Its profile finds no pod and every request is refused.',
  },
  LLMD316: {
    severity: 'error',
    slug: 'engine-label',
    message: 'pods of "{workload}" run {engine} and have the label llm-d.ai/engine-type={given}: do not change it by a patch',
    why: 'The router reads metrics under the names of the engine that the label tells, vLLM without it, and finds none.',
  },
  LLMD317: {
    severity: 'warning',
    slug: 'affinity-label',
    message:
      '{where} of "{workload}" compares pods by the label {key}, which its pods do not have: add it to the pods or choose another key',
    why: 'A key that pods lack is ignored, and pods are placed as if the rule were not there.',
  },
} as const;
