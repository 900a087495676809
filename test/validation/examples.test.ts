import { failing } from '../../lib/testing/failing';
import { collect } from '../../lib/validation/collect';
import { buildModel } from '../../lib/validation/model';
import { runRules } from '../../lib/validation/rules';
import { buildExamples } from '../support/examples';

const examples = buildExamples();

/** Warnings that an example shows on purpose, or shares with the guide that it follows. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  // RDMA needs IPC_LOCK, which OpenShift grants to a service account only when somebody asks for it.
  clusters: ['LLMD809'],
  'prefill-decode': ['LLMD809'],
  // The base overlay of the guide requests no RDMA device and sets no UCX_TLS.
  'pd-disaggregation': ['LLMD404'],
  // The weights are an image, on the default version of the cluster.
  'wide-ep': ['LLMD808'],
  // The base overlay of the guide requests no RDMA device either.
  'wide-ep-lws': ['LLMD404', 'LLMD410'],
};

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(10);
});

test.each(examples)('$name keeps every rule', ({ app }) => {
  const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(failing(app)).toEqual([]);
  stderr.mockRestore();
});

test.each(examples)('$name gives no warning but those it is meant to', ({ app, name }) => {
  const collected = collect(app);
  const found = [...collected.findings, ...runRules(buildModel(collected))];
  // The bundled router has no registry in any example.
  const codes = new Set<string>(found.map(({ code }) => code).filter((code) => code !== 'LLMD543'));
  expect([...codes].sort()).toEqual(EXPECTED[name] ?? []);
});
