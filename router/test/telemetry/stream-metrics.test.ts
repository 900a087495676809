import { countedStreams } from '../../src/telemetry/stream-metrics';
import { type GrpcCall, type GrpcStream, grpcStatus } from '../../src/transport/types';
import { TestContext } from '../support/context';

function stage() {
  const { metrics, clock } = new TestContext();
  const sent: unknown[][] = [];
  const stream: GrpcStream = {
    path: '/p',
    header: (name) => `value of ${name}`,
    send: (...pieces) => sent.push(['send', ...pieces]) > 0,
    finish: (...args) => void sent.push(['finish', ...args]),
    pause: () => void sent.push(['pause']),
    resume: () => void sent.push(['resume']),
  };
  const heard: unknown[][] = [];
  let inner: GrpcStream | undefined;
  const call: GrpcCall = {
    message: (bytes) => void heard.push(['message', bytes]),
    ended: () => void heard.push(['ended']),
    closed: () => void heard.push(['closed']),
  };
  const method = countedStreams(
    (given) => {
      inner = given;
      return call;
    },
    metrics,
    clock,
  );
  const open = () => ({ outer: method(stream), inner: inner as GrpcStream });
  return { open, sent, heard, clock, lines: () => metrics.text().split('\n') };
}

test('streams are counted while they are open and by the status of their end', () => {
  const { open, clock, lines } = stage();
  const [first, second, third] = [open(), open(), open()];
  expect(lines()).toContain('llm_d_epp_extproc_streams_inflight 3');
  clock.advance(20);
  first.inner.finish(grpcStatus.OK);
  first.inner.finish(grpcStatus.INTERNAL);
  first.outer.closed();
  second.inner.finish(grpcStatus.INVALID_ARGUMENT, 'no');
  second.outer.closed();
  clock.advance(680_000);
  third.outer.closed();
  expect(lines()).toEqual(
    expect.arrayContaining([
      'llm_d_epp_extproc_streams_inflight 0',
      'llm_d_epp_extproc_streams_total{code="OK"} 1',
      'llm_d_epp_extproc_streams_total{code="InvalidArgument"} 1',
      'llm_d_epp_extproc_streams_total{code="Canceled"} 1',
      'llm_d_epp_extproc_stream_duration_seconds_bucket{le="0.01"} 0',
      'llm_d_epp_extproc_stream_duration_seconds_bucket{le="0.05"} 2',
      'llm_d_epp_extproc_stream_duration_seconds_bucket{le="600"} 2',
      'llm_d_epp_extproc_stream_duration_seconds_bucket{le="+Inf"} 3',
    ]),
  );
});

test('all that is said goes through', () => {
  const { open, sent, heard } = stage();
  const { outer, inner } = open();
  const bytes = Buffer.from('x');
  expect(inner.path).toBe('/p');
  expect(inner.header('a')).toBe('value of a');
  expect(inner.send(bytes, bytes)).toBe(true);
  inner.pause();
  inner.resume();
  inner.finish(grpcStatus.OK, 'done');
  outer.message(bytes);
  outer.ended();
  outer.drained?.();
  outer.closed();
  expect(sent).toEqual([['send', bytes, bytes], ['pause'], ['resume'], ['finish', 0, 'done']]);
  expect(heard).toEqual([['message', bytes], ['ended'], ['closed']]);
});
