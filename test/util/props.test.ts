import { checkProps, type PropTable } from '../../lib/util/props';
import { thrownBy } from '../support/errors';

interface Options {
  readonly name?: string;
  readonly count: number;
  readonly on?: boolean;
  readonly items?: readonly string[];
  readonly parts?: readonly { readonly a?: string }[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly mode?: 'a' | 'b';
  readonly anything?: unknown;
}

const TABLE: PropTable<Options> = {
  name: 'text',
  count: 'value',
  on: 'flag',
  items: 'list',
  parts: 'records',
  labels: 'record',
  mode: 'value',
  anything: 'value',
};

const check = (props: unknown) => checkProps('Thing', props as Options, TABLE);

test('what fits passes, without what is null or undefined', () => {
  const props = { name: 'a', count: 1, on: false, items: [], parts: [{}], labels: {}, mode: 'a', anything: Symbol.iterator };
  expect(check(props)).toEqual(props);
  expect(Object.keys(check({ count: 0, name: null, on: undefined }))).toEqual(['count']);
});

test.each([
  [null, 'null'],
  [undefined, 'undefined'],
  [3, '3'],
  ['text', 'text'],
  [[], 'a list'],
  [Symbol('s'), 'Symbol(s)'],
])('props that are %p are told', (props, given) => {
  const error = thrownBy(() => check(props));
  expect(error.code).toBe('LLMD107');
  expect(error.detail).toContain(`\`props\` is "${given}`);
  expect(error.detail).toContain('Thing takes an object');
});

test.each([
  [{ count: 1, name: 5 }, '`name` is "5": Thing takes text there'],
  [{ count: 1, on: 'false' }, '`on` is "false": Thing takes true or false there'],
  [{ count: 1, items: 'a' }, '`items` is "a": Thing takes a list there'],
  [{ count: 1, parts: [null] }, '`parts` is "a list": Thing takes a list of objects there'],
  [{ count: 1, labels: ['a'] }, '`labels` is "a list": Thing takes an object there'],
])('a value of another kind is told: %j', (props, told) => {
  expect(thrownBy(() => check(props)).message).toBe(`LLMD107 ${told}`);
});

test('a name that is unknown is told with the one that was meant, or with all', () => {
  expect(thrownBy(() => check({ cuont: 1 })).message).toBe('LLMD109 Thing takes no `cuont`: did you mean `count`?');
  expect(thrownBy(() => check({ replicas: 1 })).message).toBe(
    'LLMD109 Thing takes no `replicas`: remove it; there are name, count, on, items, parts, labels, mode, anything',
  );
  expect(thrownBy(() => check(JSON.parse('{"count": 1, "__proto__": 1}'))).code).toBe('LLMD109');
  expect(thrownBy(() => check({ count: 1, toString: 'x' })).code).toBe('LLMD109');
  expect(check({ count: 1, other: undefined })).toEqual({ count: 1 });
});

test('props of a class are read where they are: getters, what is inherited, what is frozen, what a proxy answers', () => {
  class Base {
    get name() {
      return 'a';
    }
  }
  class Own extends Base implements Options {
    readonly count = 1;
    get labels() {
      return { a: 'b' };
    }
  }
  const read = { name: 'a', count: 1, labels: { a: 'b' } };
  expect(check(new Own())).toEqual(read);
  expect(check(Object.create(read))).toEqual(read);
  expect(check(Object.freeze({ ...read }))).toEqual(read);
  expect(check(new Proxy({}, { get: (_, name) => read[name as keyof typeof read] }))).toEqual(read);
});
