import { latencyPlugins } from '../../src/latency/plugins';
import type { PredictedLatencyProducer } from '../../src/latency/predicted-latency-producer';
import { request, TestContext } from '../support/context';
import { response } from '../support/responses';

const TYPE = 'predicted-latency-producer';

test('without a prediction server it learns by itself', () => {
  const context = new TestContext();
  const producer = context.make<PredictedLatencyProducer>(latencyPlugins[TYPE]!, TYPE);
  const [a] = context.pods(1);
  let asked = request();
  for (let i = 0; i < 40; i++) {
    asked = request();
    void producer.produce(asked, context.candidates());
    producer.preRequest(asked, { profiles: new Map([['p', { targets: [a!] }]]), primary: 'p' });
    context.clock.advance(70);
    producer.responseEnd(asked, response({ cause: 'complete' }));
  }
  expect(asked.get('LatencyPredictionInfo', TYPE)!.ttftMs[a!.slot]).toBeCloseTo(70, 0);
});
