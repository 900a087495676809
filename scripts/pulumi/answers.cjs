// What the Pulumi CLI, its engine and a cluster would tell a program of `examples/pulumi`: the configuration of a stack, and the state
// of each resource. Used by `npm run examples:check`, on installed examples, and by the tests, on those of this checkout.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { parse } = require('yaml');

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** What a user would set with `pulumi config set`, for the keys that have no default. */
const GIVEN = {
  kubeconfig: '{"apiVersion":"v1","kind":"Config"}',
  hfToken: 'hf-token-of-nobody',
  platform: 'acme/platform/prod',
  registry: 'registry.example.com/llm',
  registryUser: 'pusher',
  registryPassword: 'password-of-nobody',
  routerImage: `registry.example.com/llm/llm-d-epp:0.1.0@${DIGEST}`,
};

/** What the stack of the platform team exports. */
const PLATFORM = {
  kubeconfig: '{"apiVersion":"v1","kind":"Config","current-context":"eks"}',
  namespace: 'team-llama',
  imageRegistry: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/llm',
  hfTokenSecret: 'hf-token',
  modelClaim: 'models',
  routerImage: `registry.example.com/llm/llm-d-epp:0.1.0@${DIGEST}`,
};

/** Name of a project, its configuration as the CLI would hand it over, and which keys are secret. */
function projectOf(folder) {
  const { name, config = {} } = parse(readFileSync(join(folder, 'Pulumi.yaml'), 'utf8'));
  const values = {};
  const secrets = [];
  for (const [key, { type = 'string', default: preset, secret = false }] of Object.entries(config)) {
    const value = preset ?? GIVEN[key];
    if (value === undefined) {
      throw new Error(`${folder}: ${key} has no default in Pulumi.yaml, and scripts/pulumi/answers.cjs gives no value for it`);
    }
    values[`${name}:${key}`] = type === 'string' ? value : JSON.stringify(value);
    if (secret) {
      secrets.push(`${name}:${key}`);
    }
  }
  return { name, config: values, secrets };
}

/** Mocks for `pulumi.runtime.setMocks` that call `record` for each resource with what the program asked for. */
function mocks(record) {
  return {
    newResource(args) {
      record(args);
      return { id: args.custom ? `${args.name}-id` : undefined, state: stateOf(args) };
    },
    call: ({ inputs }) => inputs,
  };
}

function stateOf({ type, name, inputs }) {
  if (type === 'pulumi:pulumi:StackReference') {
    return { ...inputs, outputs: PLATFORM, secretOutputNames: ['kubeconfig'] };
  }
  if (type === 'docker-build:index:Image') {
    return { ...inputs, digest: DIGEST, ref: `${inputs.tags[0]}@${DIGEST}` };
  }
  // The provider names what has no name after its resource.
  return type.startsWith('kubernetes:') && inputs.metadata
    ? { ...inputs, metadata: { name: `${name}-1a2b3c4d`, ...inputs.metadata } }
    : inputs;
}

module.exports = { DIGEST, GIVEN, PLATFORM, mocks, projectOf, stateOf };
