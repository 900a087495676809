import * as pulumi from '@pulumi/pulumi';
import { ImageMirror } from 'cdk8s-llm-d';
import { outputToken, resolveTokens, ServingStack } from 'cdk8s-llm-d/pulumi';
import { atDeployment } from '../../lib/pulumi/deployment-error';
import { derivedPlaceholder } from '../../lib/util/placeholder';
import { fail } from '../../lib/validation/error';
import { outputFailure, runFailing } from './support';

/** What Node 20 can not print in colours: a line below node_modules without a folder of a package. */
const ENDLESS = '    at OutputImpl.<anonymous> (/app/node_modules/@pulumi/output.ts:516:31)';
const OWN = '    at name (/app/index.ts:7:1)';

test('what is wrong with an output is one error, however many fields hold it', async () => {
  const token = outputToken(pulumi.output(undefined) as never);
  const [first, second] = [await outputFailure(resolveTokens(`a/${token}`)), await outputFailure(resolveTokens(`b/${token}`))];
  expect(second).toBe(first);
  const sentence = first.message;
  first.message = `error serializing property "spec": ${sentence}`;
  expect(first.message).toBe(sentence);
  const other = await outputFailure(resolveTokens(outputToken(pulumi.output(undefined) as never)));
  expect(other).not.toBe(first);
});

test('what is wrong with a derived value is one error, however many fields hold it', async () => {
  const derived = derivedPlaceholder('test', outputToken(pulumi.output('x')), () => fail('LLMD905', { where: 'x', given: 'y' }));
  const [first, second] = [await outputFailure(resolveTokens(`a/${derived}`)), await outputFailure(resolveTokens(`b/${derived}`))];
  expect(first.message).toContain('LLMD905');
  expect(second).toBe(first);
});

test('an image that the mirror can not name ends the deployment with the sentence alone', async () => {
  const mirror = ImageMirror.of('registry.example.com/mirror', { rewrite: () => 'NO REFERENCE' });
  const failure = await outputFailure(resolveTokens(mirror.targetOf(outputToken(pulumi.output('ghcr.io/acme/epp:1')))));
  expect(pulumi.RunError.isInstance(failure)).toBe(true);
  expect(failure.message).toMatch(/^LLMD581 /);
  expect(failure.stack).toBe(failure.message);
});

test('an error of a function of the program stays what it is, without lines that can not be printed', () => {
  const error = new TypeError('mine');
  error.stack = ['TypeError: mine of node_modules', OWN, ENDLESS].join('\n');
  const step = () =>
    atDeployment(() => {
      throw error;
    });
  expect(step).toThrow(error);
  expect(error.stack).toBe(`TypeError: mine of node_modules\n${OWN}`);
});

test('a stack that is built inside of an `apply` can be refused', async () => {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (error) => [String(error), ENDLESS, OWN].join('\n');
  try {
    const { error } = await runFailing(() => new ServingStack('s', {}, () => fail('LLMD905', { where: 'x', given: 'y' })));
    expect(pulumi.ResourceError.isInstance(error)).toBe(true);
    const { stack } = error.cause as Error;
    expect(`${error.stack}\n${stack}`).not.toContain('node_modules');
    expect(stack).toContain(OWN);
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
});
