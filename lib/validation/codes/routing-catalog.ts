/** 5xx: router and its configuration. */
export const ROUTING_CODES = {
  LLMD501: {
    severity: 'error',
    slug: 'router-configuration',
    message: 'router configuration: {issue}',
    why: 'The router refuses to start with this configuration; the check is the one that our router runs itself.',
  },
  LLMD502: {
    severity: 'warning',
    slug: 'router-configuration-warning',
    message: 'router configuration: {issue}',
    why: 'The router starts, but ignores or replaces a part of what is written.',
  },
  LLMD503: {
    severity: 'error',
    slug: 'scorer-weight',
    message: 'weight of "{scorer}" is {given}: it must be a number of at least 0; only the ratio to the other weights matters',
    why: 'The router multiplies scores by weights; a negative one would prefer the worst server, and NaN makes all sums equal.',
  },
  LLMD504: {
    severity: 'error',
    slug: 'unknown-profile',
    message: 'the strategy has no profile "{profile}": it has {known}',
    why: 'A change to a profile that does not exist would be lost without a word.',
  },
  LLMD505: {
    severity: 'error',
    slug: 'unused-plugin-type',
    message: 'the strategy uses no plugin of type "{type}": it uses {known}; add the plugin first, or correct the type',
    why: 'Parameters of a plugin that is not used would be lost without a word.',
  },
  LLMD506: {
    severity: 'error',
    slug: 'never-disaggregated',
    message:
      '`minUncachedTokens` is 0, which the router reads as "never use a prefill server": leave it out for every prompt, or give at least 1',
    why: 'Prefill servers would idle although the value looks like "always".',
  },
  LLMD507: {
    severity: 'error',
    slug: 'duplicate-priority',
    message: 'flow control lists priority {priority} twice: merge the two bands',
    why: 'The router refuses two bands of one priority.',
  },
  LLMD508: {
    severity: 'error',
    slug: 'custom-routing-is-final',
    message: '`{method}` does not act on `RoutingStrategy.custom`: its configuration is taken as written; change it there',
    why: 'Merging into a configuration of unknown shape would guess.',
  },
  LLMD509: {
    severity: 'error',
    slug: 'plugin-name-conflict',
    message: '"{name}" names a plugin of type "{first}" and one of type "{second}": give one of them another name with `named`',
    why: 'The router declares each name once; the second plugin would silently be the first.',
  },
  LLMD510: {
    severity: 'error',
    slug: 'tokenizer-url',
    message:
      'strategy "{strategy}" tokenizes prompts, but the URL of the tokenizer is not known: give `renderUrl`, or let the router run one',
    why: 'Without tokens every prefix score is 0, and nothing reports it.',
  },
  LLMD511: {
    severity: 'error',
    slug: 'role-missing',
    message:
      'strategy "{strategy}" sends requests to role "{role}", but "{servers}" has only {roles}: choose another strategy, or add the role',
    why: 'A filter that leaves no server answers every request with 429, or the stage is skipped without a word.',
  },
  LLMD512: {
    severity: 'error',
    slug: 'roles-not-routed',
    message:
      'strategy "{strategy}" does not tell prefill from decode, but "{servers}" has {roles}: use `RoutingStrategy.prefillDecode` or `wideEp`',
    why: 'Whole requests would go to prefill servers, and no prompt would ever be handed over.',
  },
  LLMD513: {
    severity: 'error',
    slug: 'kv-events-off',
    message: 'strategy "{strategy}" reads KV-cache events, but "{servers}" publishes none: turn events on in the KV cache of the servers',
    why: 'The index stays empty and every prefix score is 0.',
  },
  LLMD514: {
    severity: 'error',
    slug: 'block-size-unknown',
    message:
      'strategy "{strategy}" needs the tokens of a KV block, which "{servers}" leaves to its engine: set the block size of the servers',
    why: 'The router would cut prompts into blocks of 16 tokens, whatever the engine does, and find fewer or no matches.',
  },
  LLMD515: {
    severity: 'error',
    slug: 'block-size-mismatch',
    message:
      'the router indexes blocks of {router} tokens, the engine of "{servers}" has blocks of {engine}: neither divides the other; leave the router\'s out or make them equal',
    why: 'Blocks of the two sides cannot be mapped on one another, so cached prefixes are missed or assumed wrongly.',
  },
  LLMD516: {
    severity: 'error',
    slug: 'routing-sidecar-missing',
    message: 'strategy "{strategy}" names a prefill server to the decode pod, but "{workload}" has no routing sidecar to read it',
    why: 'The header would be ignored, and the decode server would prefill every prompt itself.',
  },
  LLMD517: {
    severity: 'error',
    slug: 'kv-events-port',
    message:
      'the router reads KV-cache events on port {router}, but "{servers}" publishes them on {published}: leave the router\'s port out, or make them equal',
    why: 'The router would dial a closed port for ever; the index stays empty and every prefix score is 0.',
  },
  LLMD518: {
    severity: 'error',
    slug: 'plugin-parameters-conflict',
    message: '"{name}" is used with two sets of parameters: make them equal, or give one of the plugins another name with `named`',
    why: 'The router starts one instance for each name; the second set of parameters would be lost without a word.',
  },
  LLMD519: {
    severity: 'error',
    slug: 'approximate-block-size',
    message:
      'the router counts prefixes in blocks of {router} tokens, the engine of "{servers}" has blocks of {engine}, and `autoTune` is off: make the first a multiple of the second, or turn it on',
    why: 'The index would hold prefixes that no engine caches.',
  },
  LLMD520: {
    severity: 'warning',
    slug: 'mixed-prediction',
    message: 'latencies are predicted for "{servers}", whose workloads differ in {what}: use one kind for all, or another strategy',
    why: 'One model is learnt for the whole pool, and predicts the mean of the kinds.',
  },
} as const;
