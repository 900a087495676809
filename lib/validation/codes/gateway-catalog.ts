/** 6xx: gateway, rollout, autoscaling. */
export const GATEWAY_CODES = {
  LLMD601: {
    severity: 'error',
    slug: 'routed-twice',
    message:
      'the servers "{servers}" are already routed by gateway "{gateway}": add them once; for a second address set `match` of one route',
    why: 'Two pools over the same pods have two routers, each of which counts only its own requests.',
  },
  LLMD602: {
    severity: 'error',
    slug: 'route-name',
    message: 'gateway "{gateway}" already has a route named "{name}": set `name` of one of them',
    why: 'Pool, router and route are named after it, and two objects of one kind and name overwrite each other.',
  },
  LLMD603: {
    severity: 'error',
    slug: 'needs-gateway',
    message:
      '`{prop}` needs a Gateway, and gateway "{gateway}" is standalone (Envoy beside each router): leave it out or choose a `provider`, e.g. GatewayProvider.istio()',
    why: 'In standalone mode each model has an endpoint of its own and no Gateway API object is written, so the option could not act.',
  },
  LLMD604: {
    severity: 'error',
    slug: 'split-weights',
    message: 'split "{name}" sends requests nowhere ({members} members, sum of weights {sum}): give at least one member a weight above 0',
    why: 'A route whose weights are all 0 answers every request with 500.',
  },
  LLMD605: {
    severity: 'error',
    slug: 'target-ports',
    message:
      'the servers "{servers}" take requests on ports [{ports}]: a pool needs 1 to 8 different ports; lower the ranks of a pod (`dataLocal`)',
    why: 'The API server refuses an InferencePool with another number of target ports.',
  },
  LLMD606: {
    severity: 'error',
    slug: 'route-namespace',
    message:
      'servers of namespace {servers} cannot attach to gateway "{gateway}" of namespace {namespace}, which admits routes of {admits}: set `allowedNamespaces: \'All\'` or `namespaceLabels`, or put both into one namespace',
    why: 'The Gateway ignores a route that its listeners do not admit, and says so only in the status of the route. Namespaces that are outputs of Pulumi are compared at deployment.',
  },
  LLMD607: {
    severity: 'error',
    slug: 'unknown-address',
    message:
      'the address of gateway "{gateway}" ({provider}) is only known after its deployment: read .status.addresses of the Gateway (a Pulumi program has it in `endpoints`), or set `address` of the gateway',
    why: 'The controller chooses the address, so no endpoint can be told at synth.',
  },
  LLMD608: {
    severity: 'error',
    slug: 'existing-gateway',
    message: '`{prop}` cannot change the existing gateway "{gateway}": leave it out, and set it where that Gateway is written',
    why: 'Routes attach to an existing Gateway; the Gateway itself belongs to whoever wrote it.',
  },
  LLMD609: {
    severity: 'error',
    slug: 'route-overlap',
    message:
      'routes "{first}" and "{second}" of gateway "{gateway}" take the same requests ({match}): give each another `match` (hostname, pathPrefix, headers or modelName)',
    why: 'The older of the two gets every request and the other none.',
  },
  LLMD610: {
    severity: 'warning',
    slug: 'split-models',
    message:
      'the members of split "{name}" serve different model names ({models}): a client that asks for one gets 404 from the other; serve both under one name',
    why: 'The choice between pools of a split does not look at the model that the client asks for.',
  },
  LLMD611: {
    severity: 'error',
    slug: 'listener-tls',
    message: 'listener "{listener}" is {protocol} with {count} certificateRefs: HTTPS needs at least one, HTTP takes none',
    why: 'The Gateway does not accept the listener, or serves plain text where TLS was meant.',
  },
  LLMD612: {
    severity: 'error',
    slug: 'listener-conflict',
    message: 'two listeners have {key}: change or remove one of them',
    why: 'Conflicting listeners take no requests.',
  },
  LLMD613: {
    severity: 'error',
    slug: 'listener-hostname',
    message:
      'route "{route}" asks for host "{hostname}" on gateway "{gateway}", whose listeners take only {listeners}: change the host name or add a listener',
    why: 'A route whose host name no listener takes never gets a request.',
  },
  LLMD614: {
    severity: 'error',
    slug: 'listener-unknown',
    message: 'route "{route}" names listener "{listener}", gateway "{gateway}" has {listeners}: name one of them or leave `listener` out',
    why: 'A route attached to a listener that does not exist never gets a request.',
  },
  LLMD615: {
    severity: 'warning',
    slug: 'no-model',
    message: 'gateway "{gateway}" routes to no model: call `addModel` or remove it',
    why: 'Nothing, or a Gateway without routes, would be deployed.',
  },
  LLMD616: {
    severity: 'error',
    slug: 'route-needs-pool',
    message:
      'the router of "{servers}" has mode "selector", and a Gateway routes to an InferencePool: leave `router.mode` out or use the standalone gateway',
    why: 'Without a pool there is nothing to which an HTTPRoute could refer.',
  },
  LLMD617: {
    severity: 'error',
    slug: 'objective-pool',
    message: 'InferenceObjective "{objective}" names pool "{pool}", namespace {namespace} has {allowed}: correct `poolRef`',
    why: 'An objective of a pool that does not exist is ignored without a word; upstream ships such.',
  },
  LLMD650: {
    severity: 'error',
    slug: 'scale-target',
    message: '{kind} "{name}" scales {target}, which namespace {namespace} does not have: it has {allowed}',
    why: 'The autoscaler would report an error in its status and do nothing.',
  },
  LLMD651: {
    severity: 'error',
    slug: 'scaled-replicas',
    message:
      '{workload} is scaled by {kind} "{name}" and also has `replicas: {replicas}`: take one of them out (`autoscaling` of the servers does)',
    why: 'Each time the manifest is applied the workload would jump to the fixed number.',
  },
  LLMD652: {
    severity: 'error',
    slug: 'scale-bounds',
    message: '{kind} "{name}" scales from {min} to {max}: the first must be at least {floor} and at most the second',
    why: 'The API server refuses the object.',
  },
  LLMD653: {
    severity: 'error',
    slug: 'scaled-twice',
    message: '{target} is scaled by {first} and by {second}: keep one',
    why: 'Two autoscalers undo each other.',
  },
  LLMD654: {
    severity: 'warning',
    slug: 'disruption-budget',
    message: 'PodDisruptionBudget "{name}" {problem}',
    why: 'Evictions by a node drain ask the budgets of a pod.',
  },
} as const;
