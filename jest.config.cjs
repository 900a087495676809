// Type checking is `npm run typecheck`; here swc only strips the types, so a test file starts in milliseconds.
const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }] },
  moduleNameMapper: {
    '^cdk8s-llm-d$': '<rootDir>/lib/index.ts',
    '^cdk8s-llm-d/(testing|pulumi)$': '<rootDir>/lib/$1/index.ts',
    '^llm-d-epp-config$': '<rootDir>/epp-config/src/index.ts',
    '^llm-d-epp/plugin$': '<rootDir>/router/src/plugin/index.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/build', '<rootDir>/dist', '<rootDir>/epp-config/build', '<rootDir>/router/build'],
};

// The library looks for the router's package where its user works, so its tests say themselves where that is.
const withImage = {
  ...shared,
  moduleNameMapper: { ...shared.moduleNameMapper, '^llm-d-epp/image$': '<rootDir>/router/src/image/index.ts' },
};

const library = {
  ...shared,
  displayName: 'lib',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/test/(cluster|pulumi-cli)/'],
};
const eppConfig = { ...shared, displayName: 'epp-config', testMatch: ['<rootDir>/epp-config/test/**/*.test.ts'] };
const router = {
  ...withImage,
  displayName: 'router',
  // cel-js is an ES module, which Node can load with `require` and jest can not.
  transform: {
    ...shared.transform,
    '/@marcbachmann/cel-js/.+\\.js$': ['@swc/jest', { jsc: { target: 'es2022' }, module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: ['/node_modules/(?!@marcbachmann/cel-js/)'],
  testMatch: ['<rootDir>/router/test/**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/router/test/(envoy/|vllm/|image/(?!unit/)|sidecar/)'],
};
const pulumi = { ...shared, displayName: 'pulumi', testMatch: ['<rootDir>/test/pulumi-cli/**/*.test.ts'] };
const cluster = { ...shared, displayName: 'cluster', testMatch: ['<rootDir>/test/cluster/**/*.test.ts'] };

const envoy = { ...shared, displayName: 'envoy', testMatch: ['<rootDir>/router/test/envoy/**/*.test.ts'] };
const image = {
  ...withImage,
  displayName: 'image',
  testMatch: ['<rootDir>/router/test/image/**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/router/test/image/unit/'],
};
const vllm = { ...shared, displayName: 'vllm', testMatch: ['<rootDir>/router/test/vllm/**/*.test.ts'] };
const sidecar = { ...shared, displayName: 'sidecar', testMatch: ['<rootDir>/router/test/sidecar/**/*.test.ts'] };

// The cluster project starts a real kube-apiserver, so it runs only by its own script (`npm run test:cluster`).
// The envoy project starts a real Envoy and the compiled router (`npm run test:envoy`).
// The image project builds the router's image and starts it (`npm run test:image`); what needs no container tool is in its folder `unit`.
// The vllm project starts two real vLLM servers on the CPU and the compiled router (`npm run test:vllm`).
// The sidecar project starts llm-d's own pd-sidecar too, which PD_SIDECAR_BIN names (`npm run test:sidecar`).
// The pulumi project deploys to that API server with a real Pulumi CLI (`npm run test:pulumi`).
const heavy = Object.entries({
  CLUSTER_TESTS: cluster,
  PULUMI_TESTS: pulumi,
  ENVOY_TESTS: envoy,
  IMAGE_TESTS: image,
  VLLM_TESTS: vllm,
  SIDECAR_TESTS: sidecar,
})
  .filter(([name]) => process.env[name] === '1')
  .map(([, project]) => project);
module.exports = { projects: heavy.length > 0 ? heavy : [library, eppConfig, router] };
