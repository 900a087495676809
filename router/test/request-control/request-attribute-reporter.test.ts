import type { Usage } from '../../src/plugin';
import { requestControlPlugins } from '../../src/request-control/plugins';
import type { RequestAttributeReporter } from '../../src/request-control/request-attribute-reporter';
import { request, TestContext } from '../support/context';
import { response } from '../support/responses';

const USAGE: Usage = { promptTokens: 10, completionTokens: 3, totalTokens: 13, cachedTokens: 4 };

function setUp(expression: string, condition?: string, namespace?: string) {
  const context = new TestContext();
  const key = { name: 'x-cost', namespace: namespace ?? 'envoy.lb' };
  const attribute = { key, expression, ...(condition === undefined ? {} : { condition }) };
  const type = 'request-attribute-reporter';
  const make = () => context.make<RequestAttributeReporter>(requestControlPlugins[type]!, type, { attributes: [attribute] });
  return { context, make };
}

function report(expression: string, condition?: string, usage: Usage | undefined = USAGE) {
  const { context, make } = setUp(expression, condition);
  const answer = response({ usage });
  make().responseEnd(request(), answer);
  return { value: answer.metadata.get('envoy.lb')?.['x-cost'], context };
}

test.each([
  ['usage.prompt_tokens', 10],
  ['usage.prompt_tokens + usage.completion_tokens', 13],
  ['usage.prompt_tokens + usage.completion_tokens * 2', 16],
  ['2 * usage.prompt_tokens - 1', 19],
  ['100 - 3 * usage.prompt_tokens_details.cached_tokens', 88],
  ['usage.prompt_tokens * 1.59', 15],
  ['usage.total_tokens % 5', 3],
  ['0.0 - usage.prompt_tokens / 4', -2],
  ['usage.prompt_tokens_details.cached_tokens', 4],
  ['int(usage.prompt_tokens) / 4', 2],
  ['(has(usage.nothing) ? usage.nothing : 0) + usage.prompt_tokens', 10],
])('%s is reported as %d', (expression, value) => {
  expect(report(expression).value).toBe(value);
});

test('a condition decides whether anything is reported', () => {
  expect(report('usage.prompt_tokens', 'usage.prompt_tokens > 9 && has(usage.completion_tokens)').value).toBe(10);
  expect(report('usage.prompt_tokens', 'usage.prompt_tokens > 10').value).toBeUndefined();
  expect(report('usage.prompt_tokens', '').value).toBe(10);
});

test('cached tokens are there when the model server reports them, though it be 0', () => {
  const expression = 'has(usage.prompt_tokens_details) ? usage.prompt_tokens_details.cached_tokens + 7 : 1';
  expect(report(expression, undefined, { ...USAGE, cachedTokens: 0 }).value).toBe(7);
  expect(report(expression, undefined, { ...USAGE, cachedTokens: undefined }).value).toBe(1);
});

test('0 is not reported, and neither is an answer without usage', () => {
  expect(report('usage.prompt_tokens - usage.prompt_tokens').value).toBeUndefined();
  const { make } = setUp('usage.prompt_tokens');
  const answer = response();
  make().responseEnd(request(), answer);
  expect(answer.metadata.size).toBe(0);
});

test('joins what others report in the namespace', () => {
  const { make } = setUp('usage.prompt_tokens', undefined, 'cöst');
  const answer = response({ usage: USAGE });
  answer.metadata.set('cöst', { other: 1 });
  make().responseEnd(request(), answer);
  expect(answer.metadata.get('cöst')).toEqual({ other: 1, 'x-cost': 10 });
});

test.each([
  ['usage.nothing', 'failed'],
  ["'not a number'", 'gave no number'],
  ['usage.prompt_tokens / 0', 'gave no number'],
])('%s is logged at run time', (expression, message) => {
  const { value, context } = report(expression);
  expect(value).toBeUndefined();
  expect(context.log.messages('error')).toEqual([expect.stringContaining(message)]);
});

test('an expression that can give no number is told at start-up', () => {
  const { context, make } = setUp("'text'", '1 + 1');
  make();
  expect(context.log.messages('warn')).toHaveLength(2);
});

test.each([
  ['usage.prompt_tokens + -', undefined, 'attributes\\[0\\].expression'],
  ['other.prompt_tokens', undefined, 'other'],
  ['usage.prompt_tokens', 'usage. > 1', 'attributes\\[0\\].condition'],
])('%s when %s does not start', (expression, condition, message) => {
  expect(setUp(expression, condition).make).toThrow(new RegExp(message));
});
