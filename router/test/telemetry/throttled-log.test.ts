import { ThrottledLog } from '../../src/telemetry/throttled-log';
import { FakeClock, RecordingLog } from '../support/context';

function setUp() {
  const clock = new FakeClock();
  const written = new RecordingLog();
  return { clock, written, log: new ThrottledLog(written, clock) };
}

test('writes 20 lines of a message in a second, and then tells how many it left out', () => {
  const { clock, written, log } = setUp();
  for (let i = 0; i < 10_000; i++) log.info({ i }, 'request refused');
  expect(written.lines.map(({ fields }) => fields)).toEqual(Array.from({ length: 20 }, (_, i) => ({ i })));
  clock.advance(1000);
  log.info({ i: 'next' }, 'request refused');
  log.info({ i: 'last' }, 'request refused');
  expect(written.lines.slice(20)).toEqual([
    { level: 'info', fields: { i: 'next', suppressed: 9980 }, message: 'request refused' },
    { level: 'info', fields: { i: 'last' }, message: 'request refused' },
  ]);
});

test('a flood of one message hides no other one', () => {
  const { written, log } = setUp();
  for (let i = 0; i < 100; i++) log.warn({}, 'flood');
  log.error({ why: 'x' }, 'rare');
  expect(written.messages('warn')).toHaveLength(20);
  expect(written.lines.at(-1)).toEqual({ level: 'error', fields: { why: 'x' }, message: 'rare' });
});

test('writes every line for debugging', () => {
  const { written, log } = setUp();
  for (let i = 0; i < 50; i++) {
    log.debug({}, 'detail');
    log.trace({}, 'more');
  }
  expect([written.messages('debug').length, written.messages('trace').length]).toEqual([50, 50]);
});

test('remembers a bounded number of messages', () => {
  const { written, log } = setUp();
  for (let i = 0; i < 5000; i++) log.info({}, `message ${i}`);
  expect(written.lines).toHaveLength(5000);
  for (let i = 0; i < 30; i++) log.info({}, 'message 4999');
  expect(written.messages('info').filter((message) => message === 'message 4999')).toHaveLength(20);
});
