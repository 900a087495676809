// Starts the policy pack in the current folder by the same program as the Pulumi CLI, asks it as the engine would, and prints its policies
// and what it says of two Deployments as JSON: one that breaks every rule, one that breaks none.
const { spawn } = require('node:child_process');
const { createRequire } = require('node:module');
const { join } = require('node:path');

const load = createRequire(join(process.cwd(), 'package.json'));
const ofPulumi = createRequire(load.resolve('@pulumi/pulumi'));
const grpc = ofPulumi('@grpc/grpc-js');
const { Struct } = ofPulumi('google-protobuf/google/protobuf/struct_pb.js');
const { Empty } = ofPulumi('google-protobuf/google/protobuf/empty_pb.js');
const messages = load('@pulumi/pulumi/proto/analyzer_pb');
const { AnalyzerClient } = load('@pulumi/pulumi/proto/analyzer_grpc_pb');

const LABELS = { 'llm-d.ai/role': 'decode', 'llm-d-router-gateway': 'pool' };
const deployment = (containers, pod = {}) => ({ spec: { template: { metadata: { labels: LABELS }, spec: { ...pod, containers } } } });

const BAD = deployment(
  [
    { name: 'modelserver', image: 'quay.io/nobody/vllm:latest' },
    { name: 'epp', image: 'ghcr.io/llm-d/llm-d-epp:v1' },
  ],
  { hostNetwork: true },
);
const GOOD = deployment([
  { name: 'modelserver', image: 'vllm/vllm-openai:v0.23.0', resources: { limits: { 'nvidia.com/gpu': '1' } } },
  { name: 'epp', image: `ghcr.io/llm-d/llm-d-epp@sha256:${'ab'.repeat(32)}` },
]);

function portOf(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      const port = /^\d+$/m.exec(text)?.[0];
      if (port !== undefined && text.includes('\n')) {
        resolve(port);
      }
    });
    child.on('exit', (code) => reject(new Error(`the policy pack ended with ${code} before it listened`)));
  });
}

async function main() {
  // The first argument is the engine's address, which the program does not use.
  const child = spawn(process.execPath, [load.resolve('@pulumi/pulumi/cmd/run-policy-pack'), '127.0.0.1:1', '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const client = new AnalyzerClient(`127.0.0.1:${await portOf(child)}`, grpc.credentials.createInsecure());
    const call = (method, request) =>
      new Promise((resolve, reject) => client[method](request, (error, answer) => (error ? reject(error) : resolve(answer))));
    const analyze = async (properties) => {
      const request = new messages.AnalyzeRequest();
      request.setType('kubernetes:apps/v1:Deployment');
      request.setName('deployment');
      request.setUrn('urn:pulumi:dev::project::kubernetes:apps/v1:Deployment::deployment');
      request.setProperties(Struct.fromJavaScript(properties));
      request.setOptions(new messages.AnalyzerResourceOptions());
      const answer = await call('analyze', request);
      return answer.getDiagnosticsList().map((diagnostic) => diagnostic.getPolicyname());
    };
    const info = await call('getAnalyzerInfo', new Empty());
    const policies = info.getPoliciesList().map((policy) => policy.getName());
    await call('configure', defaults(info));
    process.stdout.write(`${JSON.stringify({ policies, bad: await analyze(BAD), good: await analyze(GOOD) })}\n`);
    client.close();
  } finally {
    child.kill();
  }
}

/** The configuration that the engine sends when a user gives none: the defaults of the policies' schemas. */
function defaults(info) {
  const request = new messages.ConfigureAnalyzerRequest();
  for (const policy of info.getPoliciesList()) {
    const config = new messages.PolicyConfig();
    const properties = policy.getConfigschema()?.getProperties()?.toJavaScript() ?? {};
    const values = Object.entries(properties).map(([name, schema]) => [name, schema.default]);
    config.setProperties(Struct.fromJavaScript(Object.fromEntries(values)));
    request.getPolicyconfigMap().set(policy.getName(), config);
  }
  return request;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
